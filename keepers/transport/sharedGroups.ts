/** The members of shared subscriptions, by shared filter; each message goes to one of them, in turn. */
export class SharedGroups<Member> {
  readonly #groups = new Map<string, { readonly members: Member[]; turn: number }>();

  /** The shared filters that have members. */
  get filters(): string[] {
    return [...this.#groups.keys()];
  }

  /** True when it is the first of its group. A member is in a group once. */
  add(filter: string, member: Member): boolean {
    const group = this.#groups.get(filter);
    if (group === undefined) this.#groups.set(filter, { members: [member], turn: 0 });
    else if (!group.members.includes(member)) group.members.push(member);
    return group === undefined;
  }

  /** True when it was the last of its group. */
  remove(filter: string, member: Member): boolean {
    const { members = [] } = this.#groups.get(filter) ?? {};
    const index = members.indexOf(member);
    if (index < 0) return false;
    members.splice(index, 1);
    if (members.length === 0) this.#groups.delete(filter);
    return members.length === 0;
  }

  /** Whose turn it is among those that can take it; undefined when nobody can. */
  next(filter: string, canTake: (member: Member) => boolean): Member | undefined {
    const group = this.#groups.get(filter);
    const able = group?.members.filter(canTake) ?? [];
    if (group === undefined || able.length === 0) return undefined;
    group.turn = (group.turn + 1) % able.length;
    return able[group.turn];
  }
}
