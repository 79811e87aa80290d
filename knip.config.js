const IMPORT = /import\s+(?:[^"';]*from\s+)?["']([^"']+)["']/g;

/** @type {import("knip").KnipConfig} */
export default {
  entry: [
    "keepers/*/main.ts",
    "scripts/*.{ts,mjs}",
    "scripts/{formal/main,coverage/contracts}.ts",
    "scripts/check/{main,compile,hardhatTests,reporter,supplyChain,audit}.ts",
    "bench/**/*.ts",
    "soak/nodeMain.ts",
    "tasks/**/*.ts",
    "deploy/**/*.ts",
    "test/**/*.test.ts",
    "test/fork/node.config.ts",
    "{contracts,test}/**/*.sol",
  ],
  project: [
    "{keepers,sdk,scripts,sim,soak,bench,tasks,deploy,test}/**/*.{ts,mjs}",
    "*.{ts,js,mjs,cjs}",
    "{contracts,test}/**/*.sol",
  ],
  // What contracts import counts as used, and a package that only they used is found when they no longer do.
  compilers: {
    sol: (text) => [...text.matchAll(IMPORT)].map(([, path]) => `import "${path}";`).join("\n"),
  },
  ignoreExportsUsedInFile: true,
  // Of the system; the soak gives keepers small disks.
  ignoreBinaries: ["umount"],
  // Started by name from scripts/check/steps.ts, resolved by hardhat.config.ts, and brought by tsx for a test.
  ignoreDependencies: ["dependency-cruiser", "solhint", "esbuild"],
};
