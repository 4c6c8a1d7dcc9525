import { expect, it } from 'vitest';
import { xxh32, xxh64 } from './xxhash.js';

it.each([
  ['', 0n, 'ef46db3751d8e999'],
  ['a', 0n, 'd24ec4f1a98c6e5b'],
  ['abc', 0n, '44bc2cf5ad770999'],
  ['Nobody inspects the spammish repetition', 0n, 'fbcea83c8a378bf1'],
  ['xxhash', 20_141_025n, 'b559b98d844e0635'],
])('XXH64 of "%s" with seed %d is as published', (text, seed, hash) => {
  expect(xxh64(text, seed).toString(16)).toBe(hash);
});

it.each([
  ['', 0x02cc5d05],
  ['abc', 0x32d153ff],
  ['Nobody inspects the spammish repetition', 0xe2293b2f],
])('XXH32 of "%s" is as published', (text, hash) => {
  expect(xxh32(text)).toBe(hash);
});
