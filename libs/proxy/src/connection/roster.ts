/** Something that can stand in one {@link Roster}. */
export interface Listed {
  /** Where it stands, which is the roster's business; {@link UNLISTED} while it stands in none. */
  place: number;
}

export const UNLISTED = -1;

/**
 * Those who are here now, in no order. V8 gives a `Set` a new table for every few that come and go; the old tables, once they
 * belong to the old generation, keep whoever stands in them until a full garbage collection. For connections of one request each that
 * was a pause of 10 ms, seven times a second. An array whose gaps are filled from its end has no such history.
 */
export class Roster<T extends Listed> {
  readonly #members: T[] = [];

  get size(): number {
    return this.#members.length;
  }

  /** Adds `member`, unless it is here. */
  add(member: T): void {
    if (member.place === UNLISTED) member.place = this.#members.push(member) - 1;
  }

  /** Takes `member` out, if it is here. */
  delete(member: T): void {
    const { place } = member;
    if (place === UNLISTED) return;
    member.place = UNLISTED;
    const last = this.#members.pop();
    if (last === undefined || last === member) return;
    this.#members[place] = last;
    last.place = place;
  }

  /** Calls `visit` with all who are here, any of whom may leave meanwhile. Who comes meanwhile is left out; who stays may be met twice. */
  forEach(visit: (member: T) => void): void {
    for (let place = this.#members.length - 1; place >= 0; place--) {
      const member = this.#members[place];
      if (member !== undefined) visit(member);
    }
  }
}
