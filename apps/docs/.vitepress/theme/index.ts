import type { Theme } from 'vitepress';
import DefaultTheme from 'vitepress/theme';
import './style.css';
import './home.css';

/** VitePress's own theme, with ours on top. */
export default { extends: DefaultTheme } satisfies Theme;
