import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { defineProtocol } from "./definition.js";

/** The protocol with stand-ins for what a development network lacks: a price feed, a dollar token, an exchange. */
export default buildModule("Development", (m) => {
  const MockV3Aggregator = m.contract("MockV3Aggregator", [8, m.getParameter<bigint>("feedPrice")]);
  const protocol = defineProtocol(m, MockV3Aggregator);
  const MockUsd = m.contract("MockUsd");
  const MockExchange = m.contract("MockExchange", [protocol.R1, MockUsd, MockV3Aggregator, protocol.LiquidityPool]);
  return { ...protocol, MockV3Aggregator, MockUsd, MockExchange };
});
