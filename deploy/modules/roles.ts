/**
 * The roles of the `AccessManager`. A restricted function that is listed here answers to its role; every other restricted
 * function answers to governance, the manager's own role 0, which acts with a delay in production.
 */
export const ROLES = {
  governance: 0n,
  guardian: 1n,
  compliance: 2n,
  treasurer: 3n,
} as const;

export type Role = keyof typeof ROLES;

/** Who may cancel what a role scheduled, where it is not governance: a release of the treasurer waits for its delay. */
export const ROLE_GUARDIANS: Partial<Record<Role, Role>> = { treasurer: "guardian" };

interface Grant {
  readonly contract: string;
  /** Signatures, as the selectors are computed from. */
  readonly functions: readonly string[];
}

/** Which functions the roles other than governance may call. Lifting a pause is governance's, not the guardian's. */
export const GRANTS: Record<Exclude<Role, "governance">, readonly Grant[]> = {
  guardian: [
    { contract: "NodeDeedSale", functions: ["pause()"] },
    { contract: "NodeRegistry", functions: ["pause()"] },
    { contract: "EpochLedger", functions: ["pause()"] },
    { contract: "JobEscrow", functions: ["pause()"] },
  ],
  compliance: [
    {
      contract: "OperatorRegistry",
      functions: ["approve(address,uint48,uint8)", "revoke(address)", "ban(address,string)", "unban(address)"],
    },
    { contract: "NodeDeed", functions: ["ban(uint256,string)", "unban(uint256)"] },
    { contract: "MasterNodeDeed", functions: ["ban(uint256,string)", "unban(uint256)"] },
    { contract: "GenesisNodeDeed", functions: ["ban(uint256,string)", "unban(uint256)"] },
  ],
  treasurer: [
    { contract: "LiquidityPool", functions: ["release(address,uint256,string)"] },
    { contract: "ExpensesPool", functions: ["release(address,uint256,string)"] },
    { contract: "MarketingPool", functions: ["release(address,uint256,string)"] },
    { contract: "GrantsPool", functions: ["release(address,uint256,string)"] },
    { contract: "SocialResponsibilityPool", functions: ["release(address,uint256,string)"] },
  ],
};
