const IMPORT = /import\s+(?:[^"';]*from\s+)?["']([^"']+)["']/g;

/** @type {import("knip").KnipConfig} */
export default {
  entry: [
    "keepers/*/main.ts",
    "scripts/*.{ts,mjs}",
    "scripts/check/{main,compile,hardhatTests,reporter}.ts",
    "bench/**/*.ts",
    "tasks/**/*.ts",
    "deploy/**/*.ts",
    "test/**/*.test.ts",
    "{contracts,test}/**/*.sol",
  ],
  project: [
    "{keepers,sdk,scripts,sim,bench,tasks,deploy,test}/**/*.{ts,mjs}",
    "*.{ts,js,mjs,cjs}",
    "{contracts,test}/**/*.sol",
  ],
  // What contracts import counts as used, and a package that only they used is found when they no longer do.
  compilers: {
    sol: (text) => [...text.matchAll(IMPORT)].map(([, path]) => `import "${path}";`).join("\n"),
  },
  ignoreExportsUsedInFile: true,
  // Started by name from scripts/check/steps.ts, resolved by hardhat.config.ts, and brought by tsx for a test.
  ignoreDependencies: ["dependency-cruiser", "solhint", "solc", "esbuild"],
};
