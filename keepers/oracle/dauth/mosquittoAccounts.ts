import { z } from "zod";
import { keccak } from "../../protocol/signing.js";
import type { SigningDomain } from "../../protocol/typedData.js";
import type { SecurityCommand } from "../../transport/dynamicSecurity.js";
import { isShared } from "../../transport/topics.js";
import type { BrokerRights } from "./brokerAccess.js";
import { type Credential, type Credentials, partiesOf } from "./credentials.js";

/** A client of Mosquitto's dynamic security that an administrator made, as far as the broker tells of it. */
export interface Account extends Credential {
  /** Of the password, which the broker does not give back. */
  readonly fingerprint: string;
}

const FINGERPRINT_BYTES = 16;
const FIRST_PRIORITY = 0;
const NEVER = { issuedAt: 0, expiresAt: 0, fingerprint: "" };
const DESCRIPTION = /^(\d{1,15}) (\d{1,15}) ([0-9a-f]{32})$/u;

const clientSchema = z.object({
  username: z.string(),
  clientid: z.string().optional(),
  textname: z.string().optional(),
  textdescription: z.string().optional(),
  roles: z.array(z.object({ rolename: z.string() })).default([]),
});

/** One page of `listClients`, verbose. */
export const clientPageSchema = z.object({ totalCount: z.int(), clients: z.array(clientSchema) });
/** One page of `listRoles`, not verbose. */
export const rolePageSchema = z.object({ totalCount: z.int(), roles: z.array(z.string()) });

/** The defaults of the plugin under which nobody may do anything but by a role. */
export const defaultAccess: SecurityCommand = {
  command: "setDefaultACLAccess",
  acls: [
    { acltype: "publishClientSend", allow: false },
    { acltype: "publishClientReceive", allow: false },
    { acltype: "subscribe", allow: false },
    { acltype: "unsubscribe", allow: true },
  ],
};

export const defaultAccessSchema = z.object({ acls: z.array(z.object({ acltype: z.string(), allow: z.boolean() })) });

/** The digest by which a password is told from another: 128 bits of one that holds a signature cannot be guessed back. */
export function fingerprintOf(password: string): string {
  const digest = keccak(new TextEncoder().encode(password));
  return Buffer.from(digest.subarray(0, FINGERPRINT_BYTES)).toString("hex");
}

/**
 * How the accounts of one network are written down in the plugin: the client's `textname` is the network, its
 * `textdescription` "issuedAt expiresAt fingerprint", its one role is named after network, kind and address. So the broker
 * itself remembers everything, and any number of administrators can come, go and start again.
 */
export class AccountBook {
  readonly #network: string;

  constructor({ chainId, verifyingContract }: SigningDomain) {
    this.#network = `r1/${chainId}/${verifyingContract}`;
  }

  roleOf({ node, issuer }: Pick<Credential, "node" | "issuer">): string {
    return `${this.#network}/${issuer === node ? "oracle" : "node"}/${node}`;
  }

  isOwnRole(role: string): boolean {
    return role.startsWith(`${this.#network}/`);
  }

  /** Undefined for clients that are none of this network's. One that was tampered with has expired in 1970. */
  read(client: z.infer<typeof clientSchema>): Account | undefined {
    const parties = partiesOf(client.username);
    if (client.textname !== this.#network || parties === undefined) return undefined;
    const { username, clientid, roles } = client;
    const isOwn = clientid === username && roles.length === 1 && roles[0]?.rolename === this.roleOf(parties);
    return { username, ...parties, ...(isOwn ? readDescription(client.textdescription) : NEVER) };
  }

  createRole(account: Account, { publish, subscribe }: BrokerRights): SecurityCommand {
    const rule = (acltype: string, topic: string) => ({ acltype, topic, priority: FIRST_PRIORITY, allow: true });
    const heard = subscribe.filter((filter) => !isShared(filter));
    return {
      command: "createRole",
      rolename: this.roleOf(account),
      acls: [
        ...publish.map((topic) => rule("publishClientSend", topic)),
        ...subscribe.map((filter) => rule(filter.endsWith("#") ? "subscribePattern" : "subscribeLiteral", filter)),
        ...heard.map((filter) => rule("publishClientReceive", filter)),
      ],
    };
  }

  createClient(account: Account, credentials: Credentials): SecurityCommand {
    const { username, password } = credentials;
    return { command: "createClient", username, clientid: username, password, ...this.#description(account) };
  }

  /** Cuts off whoever is connected with the password before. */
  changeClient(account: Account, { username, password }: Credentials): SecurityCommand {
    return { command: "modifyClient", username, password, ...this.#description(account) };
  }

  #description(account: Account): object {
    const { issuedAt, expiresAt, fingerprint } = account;
    return {
      textname: this.#network,
      textdescription: `${issuedAt} ${expiresAt} ${fingerprint}`,
      roles: [{ rolename: this.roleOf(account), priority: FIRST_PRIORITY }],
    };
  }
}

function readDescription(text = ""): Pick<Account, "issuedAt" | "expiresAt" | "fingerprint"> {
  const [, issuedAt, expiresAt, fingerprint] = DESCRIPTION.exec(text) ?? [];
  if (fingerprint === undefined) return NEVER;
  return { issuedAt: Number(issuedAt), expiresAt: Number(expiresAt), fingerprint };
}

/** Cuts the client off, too. */
export function deleteClient(username: string): SecurityCommand {
  return { command: "deleteClient", username };
}

export function deleteRole(rolename: string): SecurityCommand {
  return { command: "deleteRole", rolename };
}
