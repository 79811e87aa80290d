import type { HDNodeWallet } from "ethers";

import type { ChainFollower } from "../../keepers/chain/chainFollower.js";
import type { DeedId } from "../../keepers/protocol/deedId.js";
import type { OracleApi } from "../../scripts/network/oracleApi.js";

/** A deed whose node comes and goes. */
export interface Churn {
  readonly deed: DeedId;
  readonly owner: HDNodeWallet;
  readonly node: HDNodeWallet;
}

/** What the people of the network use, on a path to the chain that does not fail. */
export interface Actors {
  /** Has started. */
  readonly follower: ChainFollower;
  readonly api: OracleApi;
  /** Once it has a deed. */
  churn: Churn | undefined;
}
