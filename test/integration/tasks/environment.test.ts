/** `.env.example` explains every variable that a process reads, and none that nobody reads. */
import { readFile } from "node:fs/promises";

import { expect } from "chai";

import type { Specification } from "../../../keepers/core/config.js";
import { keySpecification } from "../../../keepers/keys/keySource.js";
import { deeploySpecification } from "../../../keepers/deeploy/config.js";
import { nodeSpecification } from "../../../keepers/node/config.js";
import { oracleSpecification } from "../../../keepers/oracle/config.js";
import { ingestSpecification } from "../../../keepers/oracle/ingestConfig.js";

describe(".env.example", () => {
  it("has the keepers' and Hardhat's variables", async () => {
    const lines = (await readFile(".env.example", "utf8")).split("\n");
    const listed = lines.flatMap((line) => /^([A-Z][A-Z0-9_]*)=/u.exec(line)?.[1] ?? []);
    const config = await readFile("hardhat.config.ts", "utf8");
    const hardhat = [...config.matchAll(/configVariable\("(\w+)"\)/gu)].map(([, name]) => name!);
    const specifications: Specification[] = [
      nodeSpecification,
      oracleSpecification,
      ingestSpecification,
      deeploySpecification,
      ...["NODE", "CLAIMER", "ORACLE", "DEEPLOY"].map(keySpecification),
    ];
    const keepers = specifications
      .flatMap((specification) => Object.values(specification).map(({ name }) => name))
      // Read only to be refused.
      .filter((name) => !name.startsWith("DEEPLOY_SIGNER_"));
    // OPERATOR_PRIVATE_KEY stands for any name given to --key.
    const read = new Set([...hardhat, ...keepers, "OPERATOR_PRIVATE_KEY"]);
    expect([...listed].sort()).to.deep.equal([...read].sort());
  });
});
