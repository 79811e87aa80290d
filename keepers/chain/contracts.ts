import type { ContractRunner } from "ethers";

import {
  AccessManager__factory,
  AvailabilityRewards__factory,
  EpochLedger__factory,
  GenesisNodeDeed__factory,
  JobEscrow__factory,
  MasterNodeDeed__factory,
  NodeDeed__factory,
  NodeDeedSale__factory,
  NodeRegistry__factory,
  OperatorRegistry__factory,
  OracleRegistry__factory,
  R1__factory,
  ResourceCatalog__factory,
  TreasuryPool__factory,
} from "../../typechain-types/index.js";
import { addressOf, type Deployment } from "./deployment.js";

/** Every contract of the protocol, typed. */
export type ProtocolContracts = ReturnType<typeof connectContracts>;

/**
 * The deployment's contracts on one runner: a provider to read, a signer to write, null only to encode calls.
 * @throws KeeperError `DEPLOYMENT_INVALID` when a contract is missing
 */
export function connectContracts(deployment: Deployment, runner: ContractRunner | null) {
  const at = <T>(factory: { connect(address: string, runner?: ContractRunner | null): T }, name: string): T =>
    factory.connect(addressOf(deployment, name), runner);
  return {
    accessManager: at(AccessManager__factory, "AccessManager"),
    r1: at(R1__factory, "R1"),
    nodeDeed: at(NodeDeed__factory, "NodeDeed"),
    masterNodeDeed: at(MasterNodeDeed__factory, "MasterNodeDeed"),
    genesisNodeDeed: at(GenesisNodeDeed__factory, "GenesisNodeDeed"),
    nodeDeedSale: at(NodeDeedSale__factory, "NodeDeedSale"),
    operatorRegistry: at(OperatorRegistry__factory, "OperatorRegistry"),
    nodeRegistry: at(NodeRegistry__factory, "NodeRegistry"),
    oracleRegistry: at(OracleRegistry__factory, "OracleRegistry"),
    epochLedger: at(EpochLedger__factory, "EpochLedger"),
    availabilityRewards: at(AvailabilityRewards__factory, "AvailabilityRewards"),
    resourceCatalog: at(ResourceCatalog__factory, "ResourceCatalog"),
    jobEscrow: at(JobEscrow__factory, "JobEscrow"),
    pools: {
      liquidity: at(TreasuryPool__factory, "LiquidityPool"),
      expenses: at(TreasuryPool__factory, "ExpensesPool"),
      marketing: at(TreasuryPool__factory, "MarketingPool"),
      grants: at(TreasuryPool__factory, "GrantsPool"),
      socialResponsibility: at(TreasuryPool__factory, "SocialResponsibilityPool"),
    },
  };
}
