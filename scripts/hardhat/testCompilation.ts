import { globSync } from "node:fs";

import type { HardhatPlugin } from "hardhat/types/plugins";

/**
 * Compiles the Solidity tests in one job of their own with settings that compile fast. They create the contracts under test
 * from the production artifacts (`vm.getCode`), so what is tested is what is deployed.
 *
 * Hardhat merges files into one compiler run only when they share the very object of settings, which overrides in the
 * configuration do not: hence this hook.
 */
export const testCompilation: HardhatPlugin = {
  id: "r1-test-compilation",
  hookHandlers: {
    config: () =>
      Promise.resolve({
        default: () =>
          Promise.resolve({
            resolveUserConfig: async (userConfig, resolveConfigurationVariable, next) => {
              const config = await next(userConfig, resolveConfigurationVariable);
              const profile = config.solidity.profiles["default"];
              const production = profile?.compilers[0];
              if (!profile || !production) return config;
              const settings = {
                ...(production.settings as Record<string, unknown>),
                optimizer: { enabled: false },
                viaIR: false,
              };
              const fast = { ...production, settings };
              for (const file of globSync("test/**/*.sol", { cwd: config.paths.root })) profile.overrides[file] = fast;
              return config;
            },
          }),
      }),
  },
};
