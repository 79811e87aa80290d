import { type Environment, optional, readConfig, withDefault } from "../core/config.js";
import { ConfigError } from "../core/errors.js";
import type { Secret } from "../core/secret.js";
import { address, oneOf, privateKey, secretText, text, type VariableKind } from "../core/variableKinds.js";
import { z } from "zod";
import type { Address } from "../protocol/bytes.js";

/** Where the key of an account is. */
export type KeySource =
  | { readonly kind: "plain"; readonly variable: string; readonly key: Secret }
  | { readonly kind: "keystore"; readonly path: string; readonly password: Secret }
  | { readonly kind: "remote"; readonly url: string; readonly address: Address };

export interface KeySourceOptions {
  /** Whose key: variables begin with it, such as `ORACLE`. */
  readonly prefix: string;
  /** Why the key has to be in this process, as the end of "because …"; undefined: a remote signer will do. */
  readonly localBecause?: string | undefined;
}

type Way = "PRIVATE_KEY" | "KEYSTORE" | "SIGNER_URL";

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/u;

/** Every variable about one account's key. */
export function keySpecification(prefix: string) {
  return {
    privateKey: optional(`${prefix}_PRIVATE_KEY`, privateKey()),
    keystore: optional(`${prefix}_KEYSTORE`, { ...text(), wants: "an encrypted key file (Web3 Secret Storage)" }),
    keystorePassword: optional(`${prefix}_KEYSTORE_PASSWORD`, secretText()),
    signerUrl: optional(`${prefix}_SIGNER_URL`, signerUrl()),
    signerAddress: optional(`${prefix}_SIGNER_ADDRESS`, address()),
    mode: withDefault("R1_ENV", oneOf(["development", "production"]), "development"),
  };
}

/** The names of these variables, those for files among them. */
export function keyVariableNames(prefix: string): string[] {
  return Object.values(keySpecification(prefix)).flatMap(({ name, kind }) =>
    kind.secret ? [name, `${name}_FILE`] : [name],
  );
}

/**
 * Where the environment says that the key is; undefined when it says nothing. Throws a ConfigError when it names two places or half of
 * one, and in production (`R1_ENV`) when the key, or the password of its file, stands in the environment itself, or signatures would be
 * asked for in the clear over a network.
 */
export function readKeySource(options: KeySourceOptions, environment: Environment): KeySource | undefined {
  const config = readConfig(keySpecification(options.prefix), environment);
  const problems = problemsOf(options, config, environment);
  if (problems.length > 0) throw new ConfigError(problems);
  const { privateKey: key, keystore: path, keystorePassword: password, signerUrl: url, signerAddress } = config;
  if (key !== undefined) return { kind: "plain", variable: `${options.prefix}_PRIVATE_KEY`, key };
  if (path !== undefined && password !== undefined) return { kind: "keystore", path, password };
  if (url !== undefined && signerAddress !== undefined) return { kind: "remote", url, address: signerAddress };
  return undefined;
}

/** As `readKeySource`, with a ConfigError when there is none. */
export function requireKeySource(options: KeySourceOptions, environment: Environment): KeySource {
  const source = readKeySource(options, environment);
  if (source !== undefined) return source;
  const { prefix, localBecause } = options;
  const elsewhere = localBecause === undefined ? ` or ${prefix}_SIGNER_URL a remote signer` : "";
  const message = `${prefix}_PRIVATE_KEY: missing, wants a private key, unless ${prefix}_KEYSTORE names an encrypted key file${elsewhere}`;
  throw new ConfigError([message]);
}

type KeyConfig = ReturnType<typeof readConfig<ReturnType<typeof keySpecification>>>;

function problemsOf(options: KeySourceOptions, config: KeyConfig, environment: Environment): string[] {
  const { prefix } = options;
  return [
    ...ambiguities(prefix, config),
    ...keystoreProblems(prefix, config),
    ...signerProblems(options, config),
    ...(config.mode === "production" ? productionProblems(prefix, config, environment) : []),
  ];
}

function ambiguities(prefix: string, config: KeyConfig): string[] {
  const ways: [Way, unknown][] = [
    ["PRIVATE_KEY", config.privateKey],
    ["KEYSTORE", config.keystore],
    ["SIGNER_URL", config.signerUrl],
  ];
  const [first, second] = ways.filter(([, value]) => value !== undefined).map(([way]) => `${prefix}_${way}`);
  return second === undefined ? [] : [`${second}: given beside ${first}, wants only one of the two`];
}

function keystoreProblems(prefix: string, { keystore, keystorePassword }: KeyConfig): string[] {
  if (keystore === undefined || keystorePassword !== undefined) return [];
  const name = `${prefix}_KEYSTORE_PASSWORD`;
  return [
    `${name}: missing, wants the password of the file that ${prefix}_KEYSTORE names, or ${name}_FILE a file with it`,
  ];
}

function signerProblems({ prefix, localBecause }: KeySourceOptions, config: KeyConfig): string[] {
  const { signerUrl: url, signerAddress } = config;
  const problems: string[] = [];
  if ((url === undefined) !== (signerAddress === undefined)) {
    problems.push(`${prefix}_SIGNER_URL and ${prefix}_SIGNER_ADDRESS: want both or neither`);
  }
  if (url !== undefined && localBecause !== undefined) {
    problems.push(`${prefix}_SIGNER_URL: given, wants ${prefix}_KEYSTORE instead, because ${localBecause}`);
  }
  return problems;
}

function productionProblems(prefix: string, config: KeyConfig, environment: Environment): string[] {
  const problems: string[] = [];
  if (config.privateKey !== undefined) {
    problems.push(
      `${prefix}_PRIVATE_KEY: refused because R1_ENV is production, wants the key in an encrypted file (${prefix}_KEYSTORE)`,
    );
  }
  const password = `${prefix}_KEYSTORE_PASSWORD`;
  if ((environment[password]?.trim() ?? "") !== "") {
    problems.push(`${password}: refused because R1_ENV is production, wants it in a file (${password}_FILE)`);
  }
  if (config.signerUrl !== undefined && isExposed(config.signerUrl)) {
    problems.push(
      `${prefix}_SIGNER_URL: refused because R1_ENV is production, wants https, unix, or http on this machine only`,
    );
  }
  return problems;
}

function isExposed(url: string): boolean {
  const { protocol, hostname } = new URL(url);
  return protocol === "http:" && !LOOPBACK.test(hostname);
}

/** No name and password in it: nothing would hide them. */
function signerUrl(): VariableKind<string> {
  const isUsable = (value: string): boolean => {
    if (!URL.canParse(value)) return false;
    const { protocol, hostname, pathname, username } = new URL(value);
    if (protocol === "unix:") return hostname === "" && pathname.length > 1;
    return (protocol === "http:" || protocol === "https:") && hostname !== "" && username === "";
  };
  const wants =
    "the URL of a remote signer: https://…, http://… or unix:///path/of/its.sock, without a name or password";
  return { schema: z.string().refine(isUsable), wants, secret: false };
}
