-- Prints what Neovim shows of the file in PROTOLINT_FILE, a line of JSON for each finding.

vim.cmd.source(vim.env.PROTOLINT_CONFIGURATION)
vim.cmd.edit(vim.env.PROTOLINT_FILE)
vim.wait(60000, function() return #vim.diagnostic.get(0) > 0 end, 50)
for _, found in ipairs(vim.diagnostic.get(0)) do
  io.stdout:write(vim.json.encode({ found.lnum + 1, found.col + 1, found.code }), "\n")
end
vim.cmd.qall({ bang = true })
