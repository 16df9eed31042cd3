import { mean } from '@steadyformer/core';

/** Values that a spike is told by. */
const WINDOW = 128;
/** Without as many before it nothing is a spike. */
const LEAST = 16;
/** Deviations above the mean at which a spike begins. */
const DEVIATIONS = 6;

/**
 * How often a series leaps: the share of its values x_t that lie above m + 6 s, m and s being mean and deviation of the last
 * 128 finite values before t (at least 16, else t is not judged). What is not finite is a spike, and none of the 128.
 *
 * Team OLMo 2024: the share beyond 7 deviations of the last 1,000, in either direction. The window is shorter
 * here, for runs of a few thousand steps, and only what rises counts.
 *
 * @see https://arxiv.org/abs/2501.00656
 */
export class SpikeScore {
  private readonly window: number[] = [];
  private judged = 0;
  private spikes = 0;

  /** The next value. */
  add(value: number): void {
    if (this.window.length >= LEAST) {
      this.judged++;
      if (!(value <= this.limit())) this.spikes++;
    }
    if (!Number.isFinite(value)) return;
    this.window.push(value);
    if (this.window.length > WINDOW) this.window.shift();
  }

  /** Spikes over values judged; undefined before the first is. */
  get share(): number | undefined {
    return this.judged === 0 ? undefined : this.spikes / this.judged;
  }

  /** The median of the values that the next is judged by; undefined where there is none. */
  get median(): number | undefined {
    const sorted = [...this.window].sort((a, b) => a - b);
    return sorted[Math.floor(sorted.length / 2)];
  }

  private limit(): number {
    const centre = mean(this.window);
    const deviation = Math.sqrt(mean(this.window.map((value) => (value - centre) ** 2)));
    // Of a series that stands still, rounding is no spike.
    return centre + DEVIATIONS * Math.max(deviation, 1e-6 * Math.abs(centre));
  }
}
