import { activeFrom } from "../../../keepers/chain/activation.js";
import { KeeperError } from "../../../keepers/core/errors.js";
import { short } from "../amounts.js";
import { commitsAfter, type EpochRecord, seconds, until, type World } from "../world.js";

/** Epochs without a commit after which the story gives up. */
const PATIENCE = 3;

/** Follows the commits in order, each with its leaf file. */
export class CommittedEpochs {
  readonly #world: World;
  readonly #records: EpochRecord[] = [];

  constructor(world: World) {
    this.#world = world;
  }

  /** All so far, oldest first. */
  get records(): readonly EpochRecord[] {
    return this.#records;
  }

  /**
   * The next one, as soon as it is committed and active.
   * @throws KeeperError `NO_COMMIT` after three epochs without any, with what each oracle is doing
   */
  async next(): Promise<EpochRecord> {
    const { follower, fleet } = this.#world;
    const last = this.#records.at(-1)?.commit.epoch ?? -1n;
    const limitMs = this.#patienceMs();
    await until(this.#world, "commit", limitMs, () => commitsAfter(follower, last).length > 0).catch(
      (error: unknown) => {
        if (!(error instanceof KeeperError) || error.code !== "STORY_STUCK") throw error;
        const states = fleet.oracles.map(
          ({ status }) => `${short(status.oracle)} ${status.phase}, round ${status.round}`,
        );
        throw new KeeperError(
          "NO_COMMIT",
          `no epoch was committed for ${PATIENCE} epochs; oracles: ${states.join("; ")}`,
        );
      },
    );
    const record = await this.#record(commitsAfter(follower, last)[0] as EpochRecord["commit"]);
    await this.#untilActive(record.commit);
    return record;
  }

  async #record(commit: EpochRecord["commit"]): Promise<EpochRecord> {
    const { api, deeds, jobs, narrator } = this.#world;
    const record = { commit, file: await api.leafFile(commit) };
    this.#records.push(record);
    deeds.addEpoch(record.file);
    jobs.addEpoch(record.file);
    narrator.chapter(`Epoch ${commit.epoch} is committed`);
    const signers = commit.signers.map(short).join(", ");
    narrator.tell(`root ${short(commit.root)} over ${commit.leafCount} leaves, signed by ${signers}`);
    return record;
  }

  /** Nothing can be claimed before: until then anybody may show that the root is wrong. */
  async #untilActive(commit: EpochRecord["commit"]): Promise<void> {
    const { follower, narrator, activationDelay } = this.#world;
    narrator.tell(`anybody can disprove it for ${activationDelay} s; it can be claimed against from then on`);
    const from = activeFrom(commit, activationDelay);
    const what = `epoch ${commit.epoch} active`;
    await until(this.#world, what, this.#patienceMs(), () => follower.view.block.timestamp >= from);
  }

  #patienceMs(): number {
    const { epochClock, clock } = this.#world;
    const untilGenesis = Math.max(0, epochClock.genesis - seconds(clock));
    return (untilGenesis + (PATIENCE + 1) * epochClock.duration) * 1_000;
  }
}
