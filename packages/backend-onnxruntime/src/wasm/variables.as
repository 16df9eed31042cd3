/**
 * Constants of loops. They are variables, as engines make a constant vector anew, of three instructions, at every use in a
 * loop, and read a variable by one.
 */

/** Of exp4: the least argument, log2 e, ln 2 in two parts. */
export let LEAST: v128 = f32x4(-87.3, -87.3, -87.3, -87.3);
export let LOG2_E: v128 = f32x4(1.44269504, 1.44269504, 1.44269504, 1.44269504);
export let LN_2_HIGH: v128 = f32x4(0.693359375, 0.693359375, 0.693359375, 0.693359375);
export let LN_2_LOW: v128 = f32x4(-2.12194440e-4, -2.12194440e-4, -2.12194440e-4, -2.12194440e-4);
/** 1.5 * 2^23: added to a small number, it leaves the nearest whole number in the lowest bits; here 126 more than that. */
export let ROUNDER: v128 = f32x4(12582912 + 126, 12582912 + 126, 12582912 + 126, 12582912 + 126);
/** e^r = 1 + r + r^2 (C2 + C3 r + C4 r^2 + C5 r^3 + C6 r^4), least greatest relative error (3e-9) on |r| <= ln 2 / 2. */
export let C2: v128 = f32x4(0.4999999343, 0.4999999343, 0.4999999343, 0.4999999343);
export let C3: v128 = f32x4(0.1666652040, 0.1666652040, 0.1666652040, 0.1666652040);
export let C4: v128 = f32x4(0.0416683908, 0.0416683908, 0.0416683908, 0.0416683908);
export let C5: v128 = f32x4(0.0083687452, 0.0083687452, 0.0083687452, 0.0083687452);
export let C6: v128 = f32x4(0.0013814540, 0.0013814540, 0.0013814540, 0.0013814540);

/** gelu(x) = x sigmoid(x (GELU_1 + GELU_3 x^2)): twice sqrt(2 / pi), and that times 0.044715; GELU_9 three times that. */
export let GELU_1: v128 = f32x4(1.5957691216, 1.5957691216, 1.5957691216, 1.5957691216);
export let GELU_3: v128 = f32x4(0.0713548163, 0.0713548163, 0.0713548163, 0.0713548163);
export let GELU_9: v128 = f32x4(0.2140644488, 0.2140644488, 0.2140644488, 0.2140644488);

export let ONE: v128 = f32x4(1, 1, 1, 1);

/** Multipliers of the 32-bit finaliser "lowbias32" (C. Wellons, Hash Prospector, 2018). */
export let MIX_1: v128 = i32x4(0x21f0aaad, 0x21f0aaad, 0x21f0aaad, 0x21f0aaad);
export let MIX_2: v128 = i32x4(0x735a2d97, 0x735a2d97, 0x735a2d97, 0x735a2d97);

/** Never called. What nothing writes, the compiler takes for a constant. */
export function keepVariables(value: f32): void {
  const x = f32x4.splat(value);
  LEAST = LOG2_E = LN_2_HIGH = LN_2_LOW = ROUNDER = C2 = C3 = C4 = C5 = C6 = GELU_1 = GELU_3 = GELU_9 = ONE = MIX_1 = MIX_2 = x;
}
