import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { processEnvironment } from "../../keepers/core/config.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { Secret } from "../../keepers/core/secret.js";

/**
 * A configuration variable, from the environment or else from Hardhat's encrypted keystore (which may ask for its password).
 * @throws KeeperError `VARIABLE_MISSING`
 */
export async function readVariable(hre: HardhatRuntimeEnvironment, name: string): Promise<Secret> {
  const given = optionalVariable(name);
  if (given !== undefined) return given;
  if (!/^[A-Za-z_]\w*$/u.test(name)) {
    // Somebody may have typed the secret itself: it is not repeated.
    const wants = "the name of a variable, such as OPERATOR_PRIVATE_KEY";
    throw new KeeperError("VARIABLE_INVALID", `the name of a key has letters, digits and _ only: want ${wants}`);
  }
  const variable = { _type: "ConfigurationVariable" as const, name };
  const value = await hre.hooks.runHandlerChain("configurationVariables", "fetchValue", [variable], () => {
    const ways = `set it in the environment, or run: npx hardhat keystore set ${name}`;
    return Promise.reject(new KeeperError("VARIABLE_MISSING", `${name} is not known: ${ways}`));
  });
  return new Secret(value.trim());
}

/** A variable of the environment; undefined when it is absent or empty. */
export function optionalVariable(name: string): Secret | undefined {
  const value = processEnvironment()[name]?.trim() ?? "";
  return value === "" ? undefined : new Secret(value);
}
