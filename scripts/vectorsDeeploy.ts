/**
 * Writes sdk/deeployApi.ts, the types of Deeploy's HTTP API, out of the OpenAPI document that the service gives.
 *
 *   node --import tsx scripts/vectorsDeeploy.ts            writes it
 *   node --import tsx scripts/vectorsDeeploy.ts --check    writes nothing; status 1 when it differs
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import openapi, { astToString, type OpenAPI3 } from "openapi-typescript";
import { Guard } from "../keepers/deeploy/api/guard.js";
import { DeeployServer, type DeeployServerDependencies } from "../keepers/deeploy/api/server.js";

const PATH = fileURLToPath(new URL("../sdk/deeployApi.ts", import.meta.url));
const HEADER = "// Written by scripts/vectorsDeeploy.ts from the service's own description; not to be edited.\n\n";

/** A service that describes itself and answers nothing. */
async function describe(): Promise<OpenAPI3> {
  const nothing = {} as DeeployServerDependencies;
  const guard = new Guard({ perAddress: 1, perAccount: 1 }, { authenticator: {} as never });
  const server = await DeeployServer.create(
    { host: "127.0.0.1", port: 0, trustProxy: false },
    { ...nothing, guard, identity: {} as never },
  );
  const description = server.describe() as OpenAPI3;
  await server.close();
  return description;
}

async function types(): Promise<string> {
  // Without what only the compiler's own module would print differently from version to version.
  const ast = await openapi(await describe(), { alphabetize: true, additionalProperties: false });
  return HEADER + astToString(ast);
}

const wanted = await types();
const isCurrent = existsSync(PATH) && readFileSync(PATH, "utf8") === wanted;
if (!isCurrent && process.argv.includes("--check")) {
  process.stdout.write("sdk/deeployApi.ts differs; run scripts/vectorsDeeploy.ts and read the difference\n");
  process.exitCode = 1;
} else if (!isCurrent) {
  writeFileSync(PATH, wanted);
}
