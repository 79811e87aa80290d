import { createRequire } from "node:module";

import HardhatEthers from "@nomicfoundation/hardhat-ethers";
import HardhatEthersChaiMatchers from "@nomicfoundation/hardhat-ethers-chai-matchers";
import HardhatIgnitionEthers from "@nomicfoundation/hardhat-ignition-ethers";
import HardhatKeystore from "@nomicfoundation/hardhat-keystore";
import HardhatMocha from "@nomicfoundation/hardhat-mocha";
import HardhatNetworkHelpers from "@nomicfoundation/hardhat-network-helpers";
import HardhatTypechain from "@nomicfoundation/hardhat-typechain";
import { configVariable, defineConfig } from "hardhat/config";

import { testCompilation } from "./scripts/hardhat/testCompilation.js";
import { tasks } from "./tasks/index.js";

const SOLC_VERSION = "0.8.30";
/** Unix seconds. */
const ISTHMUS_ON_BASE = 1_746_806_401;

export default defineConfig({
  plugins: [
    HardhatEthers,
    HardhatEthersChaiMatchers,
    HardhatIgnitionEthers,
    HardhatKeystore,
    HardhatMocha,
    HardhatNetworkHelpers,
    HardhatTypechain,
    testCompilation,
  ],
  tasks,
  solidity: {
    version: SOLC_VERSION,
    npmFilesToBuild: [
      "@chainlink/contracts/src/v0.8/shared/mocks/MockV3Aggregator.sol",
      "@chainlink/contracts/src/v0.8/vendor/multicall/ebd8b64/src/Multicall3.sol",
      "@openzeppelin/contracts/access/manager/AccessManager.sol",
    ],
    // The compiler comes with the lock file: nothing is downloaded at build time.
    path: createRequire(import.meta.url).resolve("solc/soljson.js"),
    settings: {
      optimizer: { enabled: true, runs: 1_000_000 },
      viaIR: true,
      evmVersion: "cancun",
      metadata: { bytecodeHash: "none" },
    },
  },
  paths: {
    sources: "./contracts",
    ignition: "./deploy",
    tests: { mocha: "./test", solidity: "./test" },
  },
  typechain: { outDir: "./typechain-types" },
  // By which rules Base makes its blocks: Hardhat does not know, and forks of it have to.
  chainDescriptors: {
    8453: { name: "Base", chainType: "op", hardforkHistory: { isthmus: { timestamp: ISTHMUS_ON_BASE } } },
  },
  networks: {
    hardhat: { type: "edr-simulated", chainType: "l1" },
    localhost: { type: "http", chainType: "l1", url: "http://127.0.0.1:8545" },
    "base-sepolia": {
      type: "http",
      chainType: "op",
      url: configVariable("BASE_SEPOLIA_RPC_URL"),
      accounts: [configVariable("DEPLOYER_PRIVATE_KEY")],
    },
    base: {
      type: "http",
      chainType: "op",
      url: configVariable("BASE_RPC_URL"),
      accounts: [configVariable("DEPLOYER_PRIVATE_KEY")],
    },
  },
  test: {
    mocha: { timeout: 120_000 },
    solidity: {
      fsPermissions: { readDirectory: ["vectors", "node_modules/@uniswap/v3-core/artifacts"] },
      fuzz: { runs: 256 },
      invariant: { runs: 32, depth: 64 },
    },
  },
});
