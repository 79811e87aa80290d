import { ZeroHash } from "ethers";

import { activeRootOf, latestOf, pendingOf } from "../model/ledger.js";
import { isEligible, oracleSet, quorumOf } from "../model/oracles.js";
import { currentEpoch, epochEnd, NOBODY, type State } from "../model/state.js";
import type { Cast } from "../walk/context.js";
import { type View, view, viewOr } from "./view.js";

export function oracleViews(state: State, { nodes }: Cast): View[] {
  return [
    view("oracles", "oracles", [], oracleSet(state)),
    view("oracles", "quorum", [], quorumOf(state)),
    ...nodes.flatMap((node) => {
      const oracle = state.oracles.get(node);
      return [
        view("oracles", "isOracle", [node], oracle !== undefined),
        view("oracles", "ownerOf", [node], oracle?.owner ?? NOBODY),
        view("oracles", "challengeOf", [node], oracle?.deadline ?? 0, oracle?.nextAllowed ?? 0),
        viewOr("oracles", "isEligible", [node], () => [isEligible(state, node)]),
      ];
    }),
  ];
}

export function ledgerViews(state: State): View[] {
  const [latest, pending, epoch] = [latestOf(state), pendingOf(state), currentEpoch(state)];
  const epochs = Array.from({ length: epoch + 2 }, (_, i) => i);
  return [
    view("ledger", "currentEpoch", [], epoch),
    view("ledger", "epochEnd", [epoch], epochEnd(state, epoch)),
    view("ledger", "latest", [], latest !== undefined, latest?.epoch ?? 0, latest?.root ?? ZeroHash),
    view("ledger", "pending", [], pending?.epoch ?? 0, pending?.root ?? ZeroHash, pending?.activeFrom ?? 0),
    ...epochs.map((each) => view("ledger", "rootOf", [each], activeRootOf(state, each))),
  ];
}
