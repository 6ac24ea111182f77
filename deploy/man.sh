#!/bin/sh
# Makes the manual pages of both programs and of each of their commands from their own --help.
# Usage: deploy/man.sh BUILD VERSION FOLDER
set -eu
build=$1
version=$2
folder=$3
for program in district-agent district-aggregator; do
	about=$("$build/$program" --help | head -n 1)
	help2man --no-info --name "$about" "$build/$program" >"$folder/$program.1"
	# A command's name is in columns 3 to 20 of the list, what it does in the rest.
	"$build/$program" --help | awk '/^Commands:/ { on = 1; next } on && !/^  / { exit } on { print substr($0, 3) }' |
		while IFS= read -r line; do
			command=$(printf '%.18s' "$line" | sed 's/ *$//')
			page=$folder/$program-$(echo "$command" | tr ' ' '-').1
			help2man --no-info --version-string "$version" --name "$(printf '%s' "$line" | cut -c 20-)" \
				"$build/$program $command" >"$page"
		done
done
