-- Caffe's prototxt files with protolint, for Neovim 0.11 and later; put it into
-- ~/.config/nvim/plugin/ or into init.lua.

vim.filetype.add({ extension = { prototxt = "prototxt" } })

vim.lsp.config("protolint", {
  cmd = { "protolint", "server" },
  filetypes = { "prototxt" },
  root_markers = { "protolint.toml", "pyproject.toml", ".git" },
  -- settings = { protolint = { dialect = "ssd", inlayHints = { parameters = false } } },
})
vim.lsp.enable("protolint")

vim.api.nvim_create_autocmd("FileType", {
  pattern = "prototxt",
  callback = function(event)
    vim.bo[event.buf].commentstring = "# %s"
    vim.bo[event.buf].shiftwidth = 2
    vim.bo[event.buf].expandtab = true
    vim.lsp.inlay_hint.enable(true, { bufnr = event.buf })
  end,
})
