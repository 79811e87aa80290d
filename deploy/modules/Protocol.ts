import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import { defineProtocol } from "./definition.js";

/** The protocol on a network that has an R1/USD feed. Parameters: `deploy/parameters/<network>.json`. */
export default buildModule("Protocol", (m) => defineProtocol(m, m.getParameter<string>("feed")));
