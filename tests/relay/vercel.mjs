// Reads UI message streams with the parser of the npm package `ai`.
// stdin: an object of streams by name; stdout: what the parser makes of each.
import { readFile } from "node:fs/promises";
import { text } from "node:stream/consumers";
import { pathToFileURL } from "node:url";

const home = pathToFileURL(`${process.env.AI_SDK_DIR}/node_modules/ai/`);
const about = JSON.parse(await readFile(new URL("package.json", home), "utf8"));
const { parseJsonEventStream, readUIMessageStream, uiMessageChunkSchema } =
  await import(new URL(about.exports["."].import, home));

async function read(content) {
  const errors = [];
  const bytes = new Blob([content]).stream();
  const parsed = parseJsonEventStream({ stream: bytes, schema: uiMessageChunkSchema });
  const chunks = parsed.pipeThrough(
    new TransformStream({
      transform(part, controller) {
        if (part.success) controller.enqueue(part.value);
        else errors.push(`unreadable: ${part.error}`);
      },
    }),
  );
  let last = null;
  const onError = (error) => errors.push(error.message);
  for await (const message of readUIMessageStream({ stream: chunks, onError })) {
    last = message;
  }
  return { errors, message: last };
}

const streams = JSON.parse(await text(process.stdin));
const found = {};
for (const [name, content] of Object.entries(streams)) found[name] = await read(content);
process.stdout.write(JSON.stringify(found));
