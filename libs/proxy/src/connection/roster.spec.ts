import { describe, expect, it } from 'vitest';
import { type Listed, Roster, UNLISTED } from './roster.js';

class Member implements Listed {
  place = UNLISTED;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

function rosterOf(names: string) {
  const roster = new Roster<Member>();
  const members = names.split('').map((name) => new Member(name));
  for (const member of members) roster.add(member);
  const member = (name: string) => {
    const found = members.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no ${name}`);
    return found;
  };
  return { roster, member };
}

function namesOf(roster: Roster<Member>): string {
  const names: string[] = [];
  roster.forEach(({ name }) => names.push(name));
  return names.toSorted().join('');
}

describe('a roster', () => {
  it('has whoever came and did not leave, each once', () => {
    const { roster, member } = rosterOf('abcde');
    for (const name of 'bed') roster.delete(member(name));
    roster.add(member('b'));
    roster.add(member('a'));
    roster.delete(member('e'));
    expect([namesOf(roster), roster.size]).toEqual(['abc', 3]);
    for (const name of 'abc') roster.delete(member(name));
    expect([namesOf(roster), roster.size]).toEqual(['', 0]);
  });

  it.each(['abcde', 'edcba', 'a', 'e', 'c', 'ae'])(
    'meets everybody who is still here, though %s leave meanwhile',
    (leaving) => {
      for (const at of 'abcde') {
        const { roster, member } = rosterOf('abcde');
        const met = new Set<string>();
        roster.forEach(({ name }) => {
          met.add(name);
          if (name === at) for (const gone of leaving) roster.delete(member(gone));
        });
        const left = 'abcde'.replaceAll(new RegExp(`[${leaving}]`, 'g'), '');
        expect(namesOf(roster)).toBe(left);
        for (const name of left) expect(met).toContain(name);
      }
    },
  );

  it('leaves out who comes meanwhile', () => {
    const { roster } = rosterOf('ab');
    let met = 0;
    roster.forEach(() => {
      met++;
      roster.add(new Member('c'));
    });
    expect([met, roster.size]).toEqual([2, 4]);
  });
});
