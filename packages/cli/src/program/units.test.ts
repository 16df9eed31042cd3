import { describe, expect, it } from 'vitest';
import { bandwidth, duration } from './units';

describe('bandwidth', () => {
  it.each([
    ['10Gb', 1.25e9],
    ['10Gb/s', 1.25e9],
    ['10 Gbit/s', 1.25e9],
    ['100Mbps', 1.25e7],
    ['1.25GB', 1.25e9],
    ['800b', 100],
    ['3kB/s', 3000],
  ])('%s is %d bytes a second', (text, bytes) => {
    expect(bandwidth(text)).toBe(bytes);
  });

  it.each(['', '10', '10gb', '0Gb', '-1Gb', '10 Gbyte', 'Gb', '1e3Mb', '10Gb/h'])('refuses %j', (text) => {
    expect(() => bandwidth(text)).toThrow('such as 10Gb, 100Mb or 1.25GB');
  });
});

describe('duration', () => {
  it.each([
    ['50us', 5e-5],
    ['50 µs', 5e-5],
    ['2ms', 2e-3],
    ['0.1s', 0.1],
    ['0s', 0],
    ['700ns', 7e-7],
  ])('%s is %d seconds', (text, seconds) => {
    expect(duration(text)).toBeCloseTo(seconds, 15);
  });

  it.each(['', '50', '-1ms', '2min', 'ms'])('refuses %j', (text) => {
    expect(() => duration(text)).toThrow('such as 50us, 2ms or 0.1s');
  });
});
