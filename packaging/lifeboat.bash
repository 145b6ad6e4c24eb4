# SPDX-License-Identifier: MIT
# bash completion for lifeboat. Commands, options and their values come from --help, so that they
# cannot differ.

# What option $1 takes by the help in $2: FILE, NAME, ...; nothing: no argument.
_lifeboat_takes()
{
	sed -n "s/^  \(-., \)\{0,1\}$1 \([A-Z]*\) .*/\2/p; s/^  $1, --[a-z-]* \([A-Z]*\) .*/\1/p" <<<"$2"
}

# The values that option $1 knows by the help in $2.
_lifeboat_values()
{
	sed -n "/^Values of \($1, .*\|\(-., \)\{0,1\}$1\):/,/^$/s/^  \([a-z0-9_-]*\).*/\1/p" <<<"$2"
}

_lifeboat()
{
	local word=${COMP_WORDS[COMP_CWORD]}
	local before=${COMP_WORDS[COMP_CWORD - 1]}
	local choices help

	if [ "$word" = = ]; then # --policy=
		word=
	elif [ "$before" = = ]; then # --policy=li
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi
	if [ "$COMP_CWORD" -eq 1 ]; then
		choices=$(lifeboat --help 2>/dev/null | sed -n 's/^  \([a-z-][a-z-]*\) .*/\1/p')
		mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
		return
	fi
	help=$(lifeboat "${COMP_WORDS[1]}" --help 2>/dev/null)
	case $before in
	-?*)
		choices=$(_lifeboat_values "$before" "$help")
		if [ -n "$choices" ]; then
			mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
			return
		fi
		case $(_lifeboat_takes "$before" "$help") in
		"") ;;
		FILE | DIR | IMAGE)
			mapfile -t COMPREPLY < <(compgen -f -- "$word")
			return
			;;
		*)
			return
			;;
		esac
		;;
	esac
	case $word in
	-*)
		choices=$(sed -n 's/^  \(-., \)\{0,1\}\(--[a-z-]*\).*/\2/p' <<<"$help")
		mapfile -t COMPREPLY < <(compgen -W "$choices" -- "$word")
		;;
	*)
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		;;
	esac
}
complete -o filenames -F _lifeboat lifeboat
