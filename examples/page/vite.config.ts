import { defineConfig } from 'vite';

// In this repository the page takes the packages' sources. A page of your own needs no config.
export default defineConfig({
  resolve: { conditions: ['steadyformer-source'] },
  build: { chunkSizeWarningLimit: 4000 },
});
