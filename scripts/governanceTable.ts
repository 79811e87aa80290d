/** `node --import tsx scripts/governanceTable.ts`: writes the table of restricted functions into docs/governance.md. */
import { readFile, writeFile } from "node:fs/promises";

import { MARKS, tableLines } from "./governance/table.js";

const PATH = "docs/governance.md";

const text = await readFile(PATH, "utf8");
const [begin, end] = MARKS;
const [before, after] = [text.slice(0, text.indexOf(begin)), text.slice(text.indexOf(end))];
await writeFile(PATH, `${before}${begin}\n\n${(await tableLines()).join("\n")}\n\n${after}`);
