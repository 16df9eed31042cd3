import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import './style.css';
import './front.css';

/** VitePress's own theme, with ours on top. */
export default { extends: DefaultTheme } satisfies Theme;
