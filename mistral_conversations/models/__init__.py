"""What the API says: one class per object schema, under the schema's name.

Every model is frozen, keyword-only and compared by value; sequences are tuples.
A field that is None was absent or null, and is left out of what is sent. Keys that
a schema does not have are in `extra`; an object that no class fits is one of the
`Unknown...` classes, and its `raw` is the object.
"""
