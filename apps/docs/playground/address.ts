import { onMounted, onUnmounted, type ShallowRef, shallowRef } from 'vue';
import { DEFAULT_STATE, type PlaygroundState, type ReadState, readState, writeState } from './state';

export interface Address {
  readonly read: Readonly<ShallowRef<ReadState>>;
  /**
   * Changes the state. With `step` (default) the address follows, as an entry of the history to which the browser's back
   * button returns; without, as while a slider is drawn, it stays.
   */
  readonly change: (part: Partial<PlaygroundState>, step?: boolean) => void;
  /** An address that shows this state. */
  readonly link: () => string;
}

/** The state as the address of the page has it. */
export const useAddress = (): Address => {
  const read = shallowRef<ReadState>({ state: DEFAULT_STATE, problems: [] });
  let path = '';
  const restore = (): void => {
    if (location.pathname === path) read.value = readState(location.search);
  };
  onMounted(() => {
    path = location.pathname;
    restore();
    addEventListener('popstate', restore);
  });
  onUnmounted(() => removeEventListener('popstate', restore));
  const change = (part: Partial<PlaygroundState>, step = true): void => {
    const state = { ...read.value.state, ...part };
    read.value = { state, problems: [] };
    // VitePress scrolls to where an entry says that the page was.
    if (step) history.pushState({ scrollPosition: window.scrollY }, '', writeState(state));
  };
  const link = (): string => `${location.origin}${location.pathname}${writeState(read.value.state)}`;
  return { read, change, link };
};
