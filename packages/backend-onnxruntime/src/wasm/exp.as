import { C2, C3, C4, C5, C6, LEAST, LN_2_HIGH, LN_2_LOW, LOG2_E, ONE, ROUNDER } from './variables';

/**
 * e^x of four numbers x <= 88, or NaN: relative error below 2e-7; NaN at NaN, 0 below 2^-125.5: no result is denormal, which
 * would cost a hundred times as much. x = n ln 2 + r with n whole, |r| <= ln 2 / 2, ln 2 in two parts (Cody and Waite 1980,
 * chapter 6); e^x = 2^n e^r.
 */
@inline
export function exp4(x: v128): v128 {
  // The pseudo form gives the second operand only where it is greater: NaN stays.
  x = f32x4.pmax(x, LEAST);
  const whole = f32x4.add(f32x4.mul(x, LOG2_E), ROUNDER);
  const n = f32x4.sub(whole, ROUNDER);
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, LN_2_HIGH)), f32x4.mul(n, LN_2_LOW));
  const square = f32x4.mul(r, r);
  const low = f32x4.add(f32x4.mul(r, C3), C2);
  const high = f32x4.add(f32x4.add(f32x4.mul(r, C5), C4), f32x4.mul(square, C6));
  const tail = f32x4.mul(square, f32x4.add(low, f32x4.mul(square, high)));
  const p = f32x4.add(ONE, f32x4.add(r, tail));
  // p 2^n, as 2 p 2^(n - 1). The other bits of ROUNDER fall out of the shift; 2^-127 comes out as 0.
  return f32x4.mul(f32x4.add(p, p), i32x4.shl(whole, 23));
}

/** exp4 that is called: for what lies at the end of a row. */
export function calledExp4(x: v128): v128 {
  return exp4(x);
}
