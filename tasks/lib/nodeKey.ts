import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { KeeperError } from "../../keepers/core/errors.js";
import { openKeystore } from "../../keepers/keys/keystore.js";
import { SigningKey } from "../../keepers/protocol/signing.js";
import { readVariable } from "./variables.js";

/** Where a node's key is: at most one of the two. */
export interface NodeKeyChoice {
  /** Name of the variable with the private key; default `NODE_PRIVATE_KEY`. */
  readonly nodeKey: string | undefined;
  /** Path of an encrypted key file. */
  readonly nodeKeystore: string | undefined;
}

/** @throws KeeperError `NODE_KEY_AMBIGUOUS`, `KEY_INVALID`, or why the key cannot be read */
export async function loadNodeKey(choice: NodeKeyChoice, hre: HardhatRuntimeEnvironment): Promise<SigningKey> {
  const { nodeKey, nodeKeystore: path } = choice;
  if (path === undefined) return readKey(nodeKey ?? "NODE_PRIVATE_KEY", hre);
  if (nodeKey !== undefined) {
    throw new KeeperError(
      "NODE_KEY_AMBIGUOUS",
      "--node-key and --node-keystore both name the node's key: give one of them",
    );
  }
  return openKeystore({ path, password: await readVariable(hre, "NODE_KEYSTORE_PASSWORD") });
}

/** A private key out of a variable. @throws KeeperError `KEY_INVALID`, without the key in it, or `VARIABLE_…` */
export async function readKey(name: string, hre: HardhatRuntimeEnvironment): Promise<SigningKey> {
  const secret = await readVariable(hre, name);
  try {
    return new SigningKey(secret.reveal());
  } catch {
    throw new KeeperError("KEY_INVALID", `${name} holds no private key: want 0x and 64 hexadecimal digits`);
  }
}
