import type { Figure } from "../figures.js";

/** What is asked of paid jobs. */
export const FIGURES = [
  {
    key: "placement-seconds",
    title: "placement of 1,000 jobs over 10,000 nodes: CPU",
    unit: "s",
    bound: "below",
    limit: 2,
    digits: 3,
  },
  {
    key: "launch-p95-seconds",
    title: "assignment known to the node → container answers, image present: 95th percentile",
    unit: "s",
    bound: "below",
    limit: 3,
    digits: 2,
  },
  {
    key: "agent-idle-core-share",
    title: "the agent of 200 idle containers, each checked over HTTP: part of a core",
    unit: "",
    bound: "below",
    limit: 0.05,
    digits: 4,
  },
] as const satisfies readonly Figure[];

export type FigureKey = (typeof FIGURES)[number]["key"];
