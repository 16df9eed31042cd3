/** What Vite makes of imports that are no code. */
declare module '*?raw' {
  const text: string;
  export default text;
}

declare module '*.wasm?url' {
  const url: string;
  export default url;
}

declare module '*.vue' {
  import type { Component } from 'vue';

  const component: Component;
  export default component;
}
