import { DeedKind } from "../../keepers/protocol/deedId.js";
import { type EmissionSchedule, minted } from "../../keepers/protocol/emission.js";
import {
  GENESIS_ALLOCATION,
  MASTER_DEED_MAX_ALLOCATION,
  NODE_DEED_ALLOCATION,
  PRODUCTION_SCHEDULES,
} from "../../keepers/protocol/supply.js";

const GRID = 400n;

/** Per class, under the keys `nd`, `mnd`, `gnd`: what is minted at some 450 cumulative values; `mndSmall` is 1 wei and odd. */
export function emissionVectors(): object {
  const { curve, duration } = PRODUCTION_SCHEDULES[DeedKind.MASTER];
  return {
    nd: emissionVector({ ...PRODUCTION_SCHEDULES[DeedKind.NODE], allocation: NODE_DEED_ALLOCATION }),
    mnd: emissionVector({ curve, duration, allocation: MASTER_DEED_MAX_ALLOCATION }),
    mndSmall: emissionVector({ curve, duration, allocation: 1_234_567_890_123_456_789n }),
    mndWei: emissionVector({ curve, duration, allocation: 1n }),
    mndShort: emissionVector({ curve, duration: 7n, allocation: MASTER_DEED_MAX_ALLOCATION }),
    gnd: emissionVector({ ...PRODUCTION_SCHEDULES[DeedKind.GENESIS], allocation: GENESIS_ALLOCATION }),
  };
}

function emissionVector({ curve, allocation, duration }: EmissionSchedule): object {
  const cumulatives = sampleCumulatives(255n * duration);
  return {
    curve,
    allocation,
    duration,
    cumulatives,
    minted: cumulatives.map((cumulative) => minted({ curve, allocation, duration }, cumulative)),
  };
}

/** The first bytes, the first epochs, an even grid over the whole duration, the last bytes, and beyond. */
function sampleCumulatives(full: bigint): bigint[] {
  const near = Array.from({ length: 16 }, (_, i) => BigInt(i));
  const values = [
    ...near,
    ...near.flatMap((epoch) => [epoch * 255n - 1n, epoch * 255n]),
    ...Array.from({ length: Number(GRID) + 1 }, (_, i) => (full * BigInt(i)) / GRID),
    ...near.map((bytes) => full - bytes),
    full + 1n,
    2n * full,
    2n ** 64n - 1n,
    2n ** 240n,
  ].filter((value) => value >= 0n);
  return [...new Set(values)].sort((a, b) => (a < b ? -1 : 1));
}
