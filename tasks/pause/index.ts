import { governingTask } from "../lib/define.js";
import { PLACES } from "../lib/places.js";

const what = { name: "what", description: `One of ${PLACES.join(", ")}` } as const;

export const pauseTasks = [
  governingTask("pause", "Stop sales, associations, commits or new jobs; claims and settlements go on (guardian)")
    .addPositionalArgument(what)
    .setAction(() => import("./pause.js"))
    .build(),
  governingTask("resume", "Lift a pause (governance)")
    .addPositionalArgument(what)
    .setAction(() => import("./resume.js"))
    .build(),
];
