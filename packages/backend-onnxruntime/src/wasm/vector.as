/** Vectors of four floats at any address that is a multiple of 4. */

@inline
export function read(address: usize): v128 {
  return v128.load(address, 0, 4);
}

@inline
export function write(address: usize, value: v128): void {
  v128.store(address, value, 0, 4);
}

/** `value` where `on` has ones, -0 elsewhere: x + -0 is x, whatever x is. */
@inline
export function addend(value: v128, on: v128): v128 {
  return v128.bitselect(value, f32x4.splat(-0.0), on);
}

/** Ones in all bits, or none. */
@inline
export function mask(on: bool): v128 {
  return i32x4.splat(on ? -1 : 0);
}
