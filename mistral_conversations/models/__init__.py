"""Models of the API's objects: one class per schema, with the schema's name.

Every model is frozen, keyword-only and compared by value; sequences are tuples. A field
that is None was absent or null, and is not sent. Keys that the schema does not have are
in `extra`. An object that fits no class becomes one of the `Unknown...` classes; its
`raw` is the object.
"""
