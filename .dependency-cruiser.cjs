/**
 * The layers of the project. Core and protocol stand alone; the seams (chain, keys, heartbeat, transport, storage, queue,
 * containers, placement and ingress) each stand on those two; the processes stand on all of these and never on each other; scripts, tasks, bench
 * and tests see everything.
 */
const FOUNDATION = "keepers/(core|protocol)/";
const SEAMS = "keepers/(chain|keys|heartbeat|transport|storage|queue|containers|placement|ingress)/";
const PROCESSES = "keepers/(node|oracle|deeploy)/";
const PROJECT = "^(keepers|sdk|contracts|deploy|tasks|scripts|sim|soak|bench|test|hardhat\\.config\\.ts)";

module.exports = {
  forbidden: [
    {
      name: "no-cycles",
      comment: "Two files that need each other are one file, or lack a third.",
      severity: "error",
      from: {},
      to: { circular: true },
    },
    {
      name: "not-resolvable",
      severity: "error",
      from: {},
      to: { couldNotResolve: true, pathNot: "^(\\.\\./)*typechain-types|^hardhat(/|$)" },
    },
    {
      name: "foundation-stands-alone",
      comment: "keepers/core and keepers/protocol import packages and themselves only.",
      severity: "error",
      from: { path: `^${FOUNDATION}` },
      to: { path: PROJECT, pathNot: "^keepers/$1/" },
    },
    {
      name: "seams-stand-on-foundation",
      comment: "A seam imports core, protocol and itself, never another seam or a process.",
      severity: "error",
      from: { path: `^${SEAMS}` },
      to: { path: PROJECT, pathNot: ["^keepers/$1/", `^${FOUNDATION}`] },
    },
    {
      name: "processes-are-apart",
      comment: "Node, oracle and Deeploy talk over the wire; they share code through the layers below.",
      severity: "error",
      from: { path: `^${PROCESSES}` },
      to: { path: PROJECT, pathNot: ["^keepers/$1/", `^${FOUNDATION}`, `^${SEAMS}`] },
    },
    {
      name: "sdk-stands-on-protocol",
      comment: "It runs in browsers: of the keepers it takes encodings only.",
      severity: "error",
      from: { path: "^sdk/" },
      to: { path: PROJECT, pathNot: ["^sdk/", "^keepers/protocol/"] },
    },
    {
      name: "sdk-runs-in-browsers",
      severity: "error",
      from: { path: "^sdk/" },
      to: { dependencyTypes: ["core", "npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "pure-code-has-no-io",
      comment: "The protocol's encodings and the consensus machine are functions of their input.",
      severity: "error",
      from: { path: "^keepers/(protocol|oracle/(consensus|validation))/" },
      to: { dependencyTypes: ["core"], pathNot: "^(node:)?(assert|buffer|crypto|util)" },
    },
    {
      name: "consensus-stands-on-protocol",
      comment: "The consensus machine knows nothing of the process around it.",
      severity: "error",
      from: { path: "^keepers/oracle/consensus/" },
      to: { path: PROJECT, pathNot: ["^keepers/oracle/(consensus|validation)/", `^${FOUNDATION}`] },
    },
    {
      name: "validation-stands-on-protocol",
      comment: "What a message is worth is asked of the message and of a view of the epoch, and of nothing else.",
      severity: "error",
      from: { path: "^keepers/oracle/validation/" },
      to: { path: PROJECT, pathNot: ["^keepers/oracle/validation/", `^${FOUNDATION}`] },
    },
    {
      name: "keepers-run-without-development-packages",
      severity: "error",
      from: { path: "^keepers/" },
      to: { dependencyTypes: ["npm-dev"], dependencyTypesNot: ["type-only"] },
    },
    {
      name: "model-stands-alone",
      comment: "The second implementation of the protocol shares nothing with the first, not even through others.",
      severity: "error",
      from: { path: "^test/differential/" },
      to: { path: "^(keepers|sdk)/", reachable: true },
    },
    {
      name: "tests-are-leaves",
      comment: "Only tests, and the soak, which is a long one, import tests and their helpers.",
      severity: "error",
      from: { pathNot: "^(test|soak)/" },
      to: { path: "^test/" },
    },
  ],
  options: {
    doNotFollow: { path: ["node_modules", "typechain-types", "artifacts"] },
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "default", "types"] },
  },
};
