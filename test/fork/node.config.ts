/**
 * The project's configuration with one network more for fork tests: `base`, a node on loopback that is deployed to as production is,
 * with Ignition's journal in a folder of the test's own.
 */
import { defineConfig } from "hardhat/config";

import project from "../../hardhat.config.js";

const { FORK_TEST_URL, FORK_TEST_KEY, FORK_TEST_FOLDER } = process.env;

export default defineConfig({
  ...project,
  paths: { ...project.paths, ...(FORK_TEST_FOLDER === undefined ? {} : { ignition: FORK_TEST_FOLDER }) },
  networks: {
    ...project.networks,
    base: {
      type: "http",
      chainType: "l1",
      url: FORK_TEST_URL ?? "http://127.0.0.1:1",
      accounts: FORK_TEST_KEY === undefined ? "remote" : [FORK_TEST_KEY],
    },
  },
});
