import type { z } from "zod";
import type { DynamicSecurity, SecurityCommand, SecurityResponse } from "../../transport/dynamicSecurity.js";
import {
  type Account,
  type AccountBook,
  clientPageSchema,
  defaultAccess,
  defaultAccessSchema,
  deleteRole,
  rolePageSchema,
} from "./mosquittoAccounts.js";
import { KeeperError } from "../../core/errors.js";

/** What a Mosquitto holds of one network. */
export interface BrokerContents {
  readonly accounts: Map<string, Account>;
  readonly roles: Set<string>;
}

const PAGE = 500;
const ROLES_AT_ONCE = 32;

/** Reads what the broker holds, and puts right what concerns nobody in particular: its defaults, and roles without clients. */
export async function readBroker(security: DynamicSecurity, book: AccountBook): Promise<BrokerContents> {
  await denyByDefault(security);
  const accounts = new Map<string, Account>();
  for await (const { clients } of pages(
    security,
    { command: "listClients", verbose: true },
    clientPageSchema,
    "clients",
  )) {
    for (const client of clients) {
      const account = book.read(client);
      if (account !== undefined) accounts.set(account.username, account);
    }
  }
  const roles = new Set<string>();
  for await (const page of pages(security, { command: "listRoles", verbose: false }, rolePageSchema, "roles")) {
    for (const role of page.roles) if (book.isOwnRole(role)) roles.add(role);
  }
  await dropUnused(security, roles, new Set([...accounts.values()].map((account) => book.roleOf(account))));
  return { accounts, roles };
}

async function denyByDefault(security: DynamicSecurity): Promise<void> {
  const [answer] = await security.run([{ command: "getDefaultACLAccess" }]);
  const { acls } = dataOf(answer, defaultAccessSchema);
  const wanted = defaultAccess["acls"] as typeof acls;
  const holds = wanted.every(({ acltype, allow }) =>
    acls.some((present) => present.acltype === acltype && present.allow === allow),
  );
  if (!holds) await security.run([defaultAccess]);
}

async function dropUnused(security: DynamicSecurity, roles: Set<string>, used: ReadonlySet<string>): Promise<void> {
  const unused = [...roles].filter((role) => !used.has(role));
  for (let start = 0; start < unused.length; start += ROLES_AT_ONCE) {
    await security.run(unused.slice(start, start + ROLES_AT_ONCE).map(deleteRole));
  }
  for (const role of unused) roles.delete(role);
}

/** Pages are in the order of names: what is added or removed meanwhile by another administrator may be missed or met twice. */
async function* pages<T extends { readonly totalCount: number }>(
  security: DynamicSecurity,
  command: SecurityCommand,
  schema: z.ZodType<T>,
  field: keyof T,
): AsyncGenerator<T> {
  for (let offset = 0; ;) {
    const [answer] = await security.run([{ ...command, count: PAGE, offset }]);
    const page = dataOf(answer, schema);
    yield page;
    const { length } = page[field] as readonly unknown[];
    offset += length;
    if (length === 0 || offset >= page.totalCount) return;
  }
}

function dataOf<T>(answer: SecurityResponse | undefined, schema: z.ZodType<T>): T {
  const result = schema.safeParse(answer?.data);
  if (result.success) return result.data;
  const said = answer?.error ?? "nothing that is understood";
  throw new KeeperError("BROKER_ADMIN_ANSWER", `the broker answered its administrator with: ${said}`, {
    retriable: true,
  });
}
