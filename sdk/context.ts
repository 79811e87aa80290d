import type { ResourceClass } from "./appSpec.js";
import type { Escrow } from "./chain.js";
import type { Service } from "./service.js";
import type { OpenWallet } from "./wallet.js";

/** What apps need of a session. */
export interface SessionContext {
  readonly wallet: OpenWallet;
  readonly services: readonly Service[];
  readonly escrow: Escrow;
  /** What the first service answers that is in order. @throws SdkError of the last one that is not */
  ask<T>(call: (service: Service) => Promise<T>): Promise<T>;
  classes(): Promise<readonly ResourceClass[]>;
}
