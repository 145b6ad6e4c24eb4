# SPDX-License-Identifier: MIT
# bash completion for lifeboat. Commands and options come from --help, so that they cannot differ.
_lifeboat()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	local command=${COMP_WORDS[1]}
	local choices

	if [ "$COMP_CWORD" -eq 1 ]; then
		choices=$(lifeboat --help 2>/dev/null | sed -n 's/^  \([a-z-][a-z-]*\) .*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
		return
	fi
	case $before in
	-c | --crashkernel | --cmdline | -k | --kernel | -p | --policy)
		return
		;;
	esac
	case $word in
	-*)
		choices=$(lifeboat "$command" --help 2>/dev/null |
			sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p')
		mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	esac
}
complete -o filenames -F _lifeboat lifeboat
