-- Either each time an update of somebody else: `-- update <first number> <what stands for the number>
-- <template>`. Or one of many paths, in turn, with a token: `-- paths <token> <path> <path> ...`.

local number, mark, template, headers, paths, turn

function init(args)
  if args[1] == "update" then
    number, mark, template = tonumber(args[2]), args[3], args[4]
    wrk.headers["Content-Type"] = "application/json"
  else
    wrk.headers["Authorization"] = "Bearer " .. args[2]
    paths, turn = {}, 0
    for index = 3, #args do paths[#paths + 1] = args[index] end
  end
end

function request()
  if template then
    number = number + 1
    local body = template:gsub(mark, string.format("%d", number))
    return wrk.format("POST", nil, nil, body)
  end
  turn = turn % #paths + 1
  return wrk.format("GET", paths[turn])
end
