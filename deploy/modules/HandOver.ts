import { buildModule } from "@nomicfoundation/hardhat-ignition/modules";

import Protocol from "./Protocol.js";
import { ROLES } from "./roles.js";

/** The last step in production: governance becomes the multisig's, with a delay, and the deployer keeps nothing. */
export default buildModule("HandOver", (m) => {
  const { AccessManager } = m.useModule(Protocol);
  const governance = m.getParameter<string>("governance");
  const delay = m.getParameter<bigint>("governanceDelay");
  const granted = m.call(AccessManager, "grantRole", [ROLES.governance, governance, delay]);
  m.call(AccessManager, "renounceRole", [ROLES.governance, m.getAccount(0)], { after: [granted] });
  return { AccessManager };
});
