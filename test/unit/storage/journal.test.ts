import { join } from "node:path";
import { SystemDisk } from "../../../keepers/core/disk.js";
import { FileJournal } from "../../../keepers/storage/fileJournal.js";
import { MemoryJournal } from "../../../keepers/storage/memoryJournal.js";
import { journalConformance, journalOptions } from "./journal.conformance.js";
import { temporaryDirectory } from "./temporaryDirectory.js";

journalConformance("MemoryJournal", () => Promise.resolve(new MemoryJournal(journalOptions)));

const directories: { remove: () => void }[] = [];

journalConformance("FileJournal", () => {
  const directory = temporaryDirectory();
  directories.push(directory);
  const path = join(directory.path, "deeper", "votes.journal");
  return FileJournal.open({ ...journalOptions, path }, { disk: new SystemDisk() });
});

after(() => {
  for (const directory of directories.splice(0)) directory.remove();
});
