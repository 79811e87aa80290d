/** Who may hold deeds, who is banned, and where rewards go. */
import { refuseIf } from "./refusal.js";
import { NOBODY, type Operator, restricted, type State } from "./state.js";

const UNKNOWN: Operator = { payee: NOBODY, approvedUntil: 0, verification: 0, banned: false };

export function operatorOf({ operators }: State, account: string): Operator {
  return operators.get(account) ?? UNKNOWN;
}

export function isApproved(state: State, account: string): boolean {
  const { banned, approvedUntil } = operatorOf(state, account);
  return !banned && state.now < approvedUntil;
}

export function isBanned(state: State, account: string): boolean {
  return operatorOf(state, account).banned;
}

export function payeeOf(state: State, account: string): string {
  const { payee } = operatorOf(state, account);
  return payee === NOBODY ? account : payee;
}

export function approveOperator(
  state: State,
  sender: string,
  account: string,
  until: number,
  verification: number,
): void {
  restricted(state, sender, "compliance");
  refuseIf(account === NOBODY, "OperatorRegistry_ZeroOperator");
  refuseIf(until <= state.now, "OperatorRegistry_ExpiryInPast");
  refuseIf(verification === 0, "OperatorRegistry_NoVerification");
  change(state, account, { approvedUntil: until, verification });
}

export function revoke(state: State, sender: string, account: string): void {
  restricted(state, sender, "compliance");
  refuseIf(operatorOf(state, account).approvedUntil === 0, "OperatorRegistry_NotApproved");
  change(state, account, { approvedUntil: 0 });
}

export function banOperator(state: State, sender: string, account: string, reason: string): void {
  restricted(state, sender, "compliance");
  refuseIf(account === NOBODY, "OperatorRegistry_ZeroOperator");
  refuseIf(reason === "", "OperatorRegistry_NoReason");
  refuseIf(isBanned(state, account), "OperatorRegistry_AlreadyBanned");
  change(state, account, { banned: true });
}

export function unbanOperator(state: State, sender: string, account: string): void {
  restricted(state, sender, "compliance");
  refuseIf(!isBanned(state, account), "OperatorRegistry_NotBanned");
  change(state, account, { banned: false });
}

export function setPayee(state: State, sender: string, payee: string): void {
  change(state, sender, { payee });
}

function change(state: State, account: string, changes: Partial<Operator>): void {
  state.operators.set(account, { ...operatorOf(state, account), ...changes });
}
