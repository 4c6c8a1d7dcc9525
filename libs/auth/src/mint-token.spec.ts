import { describe, expect, it } from 'vitest';
import { parseDuration } from './duration.js';
import { mintToken } from './mint-token.js';

describe('durations', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['15m', 900],
    ['1h', 3_600],
    ['7d', 604_800],
  ])('reads %s as %i seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '0', '-1', '1.5h', '1 h', '1w', '1hour', 'h', '1e9', '9999999999'])('refuses %j', (text) => {
    expect(() => parseDuration(text)).toThrow(RangeError);
  });
});

describe('minting', () => {
  it('refuses an empty secret and a bad duration', async () => {
    await expect(mintToken({ secret: '' })).rejects.toThrow('The secret to sign the token with is empty');
    await expect(mintToken({ secret: 's', expiresIn: 'soon' })).rejects.toThrow(
      '"soon" is not a duration; write 90s, 15m, 1h or 7d',
    );
  });

  it('leaves exp out where no duration is given', async () => {
    const [, payload = ''] = (await mintToken({ secret: 's', claims: { id: 123 } })).split('.');
    expect(JSON.parse(Buffer.from(payload, 'base64url').toString())).toEqual({
      id: 123,
      iat: expect.any(Number),
    });
  });
});
