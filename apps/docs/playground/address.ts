import { onMounted, onUnmounted, type ShallowRef, shallowRef } from 'vue';
import { DEFAULT_STATE, type PlaygroundState, type ReadState, readState, writeState } from './state';

export interface Address {
  readonly read: Readonly<ShallowRef<ReadState>>;
  /** Changes the state. `step` makes it an entry of the history, to which the browser's back button returns. */
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
    const place = { scrollPosition: window.scrollY };
    if (step) history.pushState(place, '', writeState(state));
    else history.replaceState(place, '', writeState(state));
  };
  const link = (): string => `${location.origin}${location.pathname}${writeState(read.value.state)}`;
  return { read, change, link };
};
