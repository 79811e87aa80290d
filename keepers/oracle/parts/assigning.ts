import type { Lifecycle } from "../../core/lifecycle.js";
import { advertisementTopic } from "../../protocol/advertisement.js";
import type { Hash } from "../../protocol/bytes.js";
import { PublicKeyCache } from "../../protocol/signing.js";
import { AdvertBook, defaultAdvertBookOptions } from "../assigning/advertBook.js";
import { Assigner, defaultAssignerOptions } from "../assigning/assigner.js";
import { defaultSeatHealthOptions, SeatHealth } from "../assigning/health.js";
import { ServiceRecords } from "../assigning/serviceRecords.js";
import { defaultSpecBookOptions, SpecBook } from "../assigning/specBook.js";
import type { JobModules, JobOptions, OracleModules, OracleOptions } from "../options.js";
import { TokenBuckets } from "../tokenBuckets.js";
import type { Hearing } from "./hearing.js";
import type { OracleStorage } from "./storage.js";

export type AssigningOptions = JobOptions &
  Pick<OracleOptions, "chainId" | "nodeRegistry" | "epochClock" | "maximumNodes">;
export type AssigningModules = JobModules & Pick<OracleModules, "key" | "follower" | "bus" | "clock" | "logger">;

/** The part that gives jobs their nodes. */
export interface Assigning {
  readonly adverts: AdvertBook;
  readonly assigner: Assigner;
}

/** One every five seconds is looked at, and a few at once after a while of silence. */
const BUCKETS = { burst: 4, perSecond: 0.5 };
const NOBODY_FAILS: ReadonlySet<Hash> = new Set();

/** Begins to hear what nodes offer, and to decide. Where other processes hear for this one, only the chain says who is gone. */
export async function startAssigning(
  options: AssigningOptions,
  modules: AssigningModules,
  { archive }: Pick<OracleStorage, "archive">,
  { links, services, ingest }: Pick<Hearing, "links" | "services" | "ingest">,
  lifecycle: Lifecycle,
): Promise<Assigning> {
  const { chainId, nodeRegistry, maximumNodes, epochClock, escrow } = options;
  const { headStartMs: stageMs = defaultAssignerOptions.stageMs } = options;
  const { key, follower, bus, clock, logger, assignments: sender, fetchSpec } = modules;
  const { marginMs = defaultAdvertBookOptions.marginMs, everyBlocks = defaultAssignerOptions.everyBlocks } = options;
  const { startMs = defaultSeatHealthOptions.startMs, silentMs = defaultSeatHealthOptions.silentMs } = options;
  const adverts = new AdvertBook(
    { ...defaultAdvertBookOptions, chainId, nodeRegistry, marginMs },
    {
      ...{ links, clock, publicKeys: new PublicKeyCache({ capacity: maximumNodes }) },
      buckets: new TokenBuckets({ ...BUCKETS, capacity: maximumNodes }, { clock }),
    },
  );
  const health = new SeatHealth({ startMs, silentMs, recoverMs: silentMs }, { services, bus, clock });
  const assigner = new Assigner(
    { ...defaultAssignerOptions, chainId, escrow, key, epochClock, everyBlocks, stageMs },
    {
      ...{ bus, follower, adverts, sender, clock, logger },
      health: ingest === undefined ? { look: () => NOBODY_FAILS } : health,
      specs: new SpecBook(defaultSpecBookOptions, { fetchSpec, clock, logger }),
      records: new ServiceRecords({ archive }),
    },
  );
  const forget = await bus.subscribe(advertisementTopic(chainId, "+"), adverts.receive);
  lifecycle.onClose("assigning", async () => {
    await assigner.close();
    health.close();
    await forget();
  });
  await assigner.start();
  return { adverts, assigner };
}
