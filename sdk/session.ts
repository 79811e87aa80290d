import { ContainerApp, type ContainerAppOptions } from "./app.js";
import type { ResourceClass } from "./appSpec.js";
import { Escrow } from "./chain.js";
import type { SessionContext } from "./context.js";
import { SdkError } from "./errors.js";
import { answerOf, isServiceFailure, Service } from "./service.js";
import { openWallet, type OpenWallet, type WalletLike } from "./wallet.js";

export interface SessionOptions {
  readonly wallet: WalletLike;
  /** URLs of Deeploy services; several, so that one may be down. */
  readonly endpoints: readonly string[];
  /** Of the chain, for a wallet without a connection, such as a private key. */
  readonly rpcUrl?: string;
  /**
   * The JobEscrow. Give it in production: without it the services say where it is, and all that answer have to agree; whoever runs
   * all of them could then have the wallet pay into another contract.
   */
  readonly escrow?: string;
}

/** A wallet, a network and its services. */
export interface Session {
  /** The wallet's account, lower case. */
  readonly account: string;
  /** An app that is not deployed yet. */
  createContainerApp(options: ContainerAppOptions): ContainerApp;
  /** One that is. */
  app(jobId: bigint | number): ContainerApp;
  /** The classes and GPU add-ons of the catalog. */
  classes(): Promise<readonly ResourceClass[]>;
}

/** @throws SdkError `WALLET_UNUSABLE`, `SERVICE_UNREACHABLE`, `NETWORK_MISMATCH` */
export async function createSession(options: SessionOptions): Promise<Session> {
  if (options.endpoints.length === 0) throw new SdkError("SERVICE_UNREACHABLE", "no endpoint is given");
  const wallet = await openWallet(options.wallet, options.rpcUrl);
  const services = options.endpoints.map((url) => new Service(url));
  const { chainId, escrow } = await agreeOnNetwork(services, options.escrow);
  await checkChain(wallet, chainId);
  const domain = { chainId: BigInt(chainId), verifyingContract: escrow };
  return new OpenSession(wallet, services, await Escrow.open(domain, wallet));
}

class OpenSession implements Session, SessionContext {
  readonly wallet: OpenWallet;
  readonly services: readonly Service[];
  readonly escrow: Escrow;

  constructor(wallet: OpenWallet, services: readonly Service[], escrow: Escrow) {
    this.wallet = wallet;
    this.services = services;
    this.escrow = escrow;
  }

  get account(): string {
    return this.wallet.address;
  }

  createContainerApp(options: ContainerAppOptions): ContainerApp {
    return new ContainerApp(options, undefined, this);
  }

  app(jobId: bigint | number): ContainerApp {
    return new ContainerApp(undefined, BigInt(jobId), this);
  }

  async classes(): Promise<readonly ResourceClass[]> {
    const { classes } = await this.ask((service) => answerOf(service, service.api.GET("/classes")));
    return classes;
  }

  async ask<T>(call: (service: Service) => Promise<T>): Promise<T> {
    let failure: unknown;
    for (const service of this.services) {
      try {
        return await call(service);
      } catch (error) {
        if (!isServiceFailure(error)) throw error;
        failure = error;
      }
    }
    throw failure;
  }
}

interface Network {
  readonly chainId: number;
  readonly escrow: string;
}

async function agreeOnNetwork(services: readonly Service[], pinned: string | undefined): Promise<Network> {
  const answers = await Promise.allSettled(services.map((service) => answerOf(service, service.api.GET("/network"))));
  const networks = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const [first] = networks;
  const [failed] = answers.flatMap((answer) => (answer.status === "rejected" ? [answer.reason as unknown] : []));
  if (first === undefined) throw failed;
  const wanted = { chainId: first.chainId, escrow: (pinned ?? first.escrow).toLowerCase() };
  for (const { chainId, escrow } of networks) {
    if (chainId === wanted.chainId && escrow.toLowerCase() === wanted.escrow) continue;
    const message = `a service works with the JobEscrow ${escrow} on chain ${chainId}, not with ${wanted.escrow} on ${wanted.chainId}`;
    throw new SdkError("NETWORK_MISMATCH", message);
  }
  return wanted;
}

async function checkChain({ provider }: OpenWallet, chainId: number): Promise<void> {
  const { chainId: own } = await provider.getNetwork();
  if (own === BigInt(chainId)) return;
  throw new SdkError("NETWORK_MISMATCH", `the wallet is on chain ${own}, the services are on chain ${chainId}`);
}
