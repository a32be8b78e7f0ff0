# SPDX-License-Identifier: Apache-2.0

#Requires -Version 5.1
#Requires -RunAsAdministrator

<#
.SYNOPSIS
Attaches an Evertape library to this Windows Server permanently, checks that its devices keep their
names, and can undo its changes.

.DESCRIPTION
  .\Evertape.ps1 Attach      -Portal 192.0.2.10 [-Port 3260] [-Target IQN]
                             [-ChapUser NAME -ChapSecretFile FILE [-Mutual]]
  .\Evertape.ps1 Persistence                    sets Persistence=1 for Tape and MChgr, after asking
  .\Evertape.ps1 Save  -File devices.json       saves the devices and their instance IDs
  .\Evertape.ps1 Check -File devices.json       reports what is missing, new or changed; then exit code 1
  .\Evertape.ps1 Check -Passport passport.json  compares with "evertape passport save" from the server
  .\Evertape.ps1 Undo                           detaches what Attach attached and restores the settings

-Mutual uses mutual CHAP with the secret that was set by Set-IscsiChapSecret.  Windows has one such
secret for all targets and does not show it, so this script does not change it.  -Yes answers every
question.

Run it in an elevated PowerShell 5.1 or later.  It records its changes in
%ProgramData%\Evertape\attached.json, which Undo reads.
#>
[CmdletBinding()]
param(
    [Parameter(Mandatory = $true, Position = 0)]
    [ValidateSet('Attach', 'Persistence', 'Save', 'Check', 'Undo')]
    [string]$Action,
    [string]$Portal,
    [ValidateRange(1, 65535)]
    [int]$Port = 3260,
    [string]$Target,
    [string]$ChapUser,
    [string]$ChapSecretFile,
    [switch]$Mutual,
    [string]$File,
    [string]$Passport,
    [switch]$Yes
)

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$NoteFolder = Join-Path $env:ProgramData 'Evertape'
$NoteFile = Join-Path $NoteFolder 'attached.json'
$PersistenceKeys = [ordered]@{
    Tape  = 'HKLM:\SYSTEM\CurrentControlSet\Control\Tape'
    MChgr = 'HKLM:\SYSTEM\CurrentControlSet\Control\MChgr'
}

function Stop-With([string]$Why) {
    Write-Error -Message $Why -ErrorAction Continue
    exit 1
}

function Confirm-ByUser([string]$Question) {
    if ($Yes) { return $true }
    $answer = Read-Host "$Question [y/N]"
    return $answer -match '^[yY]'
}

# Returns a property, or nothing if it is absent; strict mode refuses to read an absent property.
function Get-Field($Object, [string]$Name) {
    $property = $Object.PSObject.Properties[$Name]
    if ($null -ne $property) { return $property.Value }
}

# PowerShell 5.1 passes a JSON array on as one object, later versions element by element.  A variable
# in between gives elements in both.
function Read-Json([string]$Path) {
    $read = Get-Content -LiteralPath $Path -Raw -Encoding UTF8 | ConvertFrom-Json
    return $read
}

function Read-Note {
    if (Test-Path -LiteralPath $NoteFile) { return Read-Json $NoteFile }
    return [pscustomobject]@{ portals = @(); targets = @(); persistence = @(); service = $null }
}

function Write-Note($Note) {
    New-Item -ItemType Directory -Path $NoteFolder -Force | Out-Null
    $Note | ConvertTo-Json -Depth 5 | Set-Content -LiteralPath $NoteFile -Encoding UTF8
}

# ---- Attach ------------------------------------------------------------------------------------

function Start-Initiator($Note) {
    $mode = (Get-CimInstance Win32_Service -Filter "Name='MSiSCSI'").StartMode
    if ($mode -ne 'Auto') {
        if ($null -eq $Note.service) {
            $Note.service = $mode
            Write-Note $Note
        }
        Set-Service -Name MSiSCSI -StartupType Automatic
    }
    if ((Get-Service -Name MSiSCSI).Status -ne 'Running') { Start-Service -Name MSiSCSI }
}

# Returns the first line, as "evertape initiator allow --secret-file" reads it: without a UTF-8 byte order mark;
# UTF-16 is refused.
function Read-Secret([string]$Path) {
    $bytes = [System.IO.File]::ReadAllBytes((Resolve-Path -LiteralPath $Path).ProviderPath)
    $text = [System.Text.Encoding]::GetEncoding(28591).GetString($bytes)
    $ordinal = [System.StringComparison]::Ordinal
    if ($text.StartsWith("$([char]0xff)$([char]0xfe)", $ordinal) -or
        $text.StartsWith("$([char]0xfe)$([char]0xff)", $ordinal) -or $text.IndexOf([char]0) -ge 0) {
        Stop-With "$Path is UTF-16 text, as the operator > of Windows PowerShell writes it; save it as ASCII (Set-Content -Encoding ascii)."
    }
    $mark = "$([char]0xef)$([char]0xbb)$([char]0xbf)"
    if ($text.StartsWith($mark, $ordinal)) { $text = $text.Substring(3) }
    return ($text -split "`n")[0] -replace "`r$", ''
}

function Get-ChapArguments {
    if (-not $ChapUser) {
        if ($ChapSecretFile -or $Mutual) { Stop-With 'CHAP needs -ChapUser.' }
        return @{}
    }
    if (-not $ChapSecretFile) { Stop-With 'CHAP needs -ChapSecretFile: a file whose first line is the secret.' }
    $secret = Read-Secret $ChapSecretFile
    if ($secret -notmatch '^[\x20-\x7e]{12,16}$') {
        Stop-With ("$ChapSecretFile has $($secret.Length) characters; Windows accepts CHAP secrets of 12 to 16 " +
            'ASCII characters.')
    }
    $kind = if ($Mutual) { 'MUTUALCHAP' } else { 'ONEWAYCHAP' }
    # Never verbose, because the arguments contain the secret.
    return @{ AuthenticationType = $kind; ChapUsername = $ChapUser; ChapSecret = $secret; Verbose = $false }
}

function Get-OurPortal {
    Get-IscsiTargetPortal | Where-Object {
        $_.TargetPortalAddress -eq $Portal -and $_.TargetPortalPortNumber -eq $Port }
}

function Add-Portal($Note, $Chap) {
    if (@(Get-OurPortal).Count -gt 0) { return }
    try {
        # Discovery logs in too, so it needs the secret.
        New-IscsiTargetPortal -TargetPortalAddress $Portal -TargetPortalPortNumber $Port @Chap | Out-Null
    } finally {
        # The portal may have been added although it does not answer.
        if (@(Get-OurPortal).Count -gt 0) {
            $Note.portals = @($Note.portals) + @([pscustomobject]@{ address = $Portal; port = $Port })
            Write-Note $Note
        }
    }
}

# Without -Target: the targets of this portal only, never those of another product.
function Get-OurTargets {
    if ($Target) { return Get-IscsiTarget | Where-Object NodeAddress -eq $Target }
    return Get-OurPortal | Get-IscsiTarget -ErrorAction SilentlyContinue
}

function Connect-One($One, $Note, $Chap) {
    $name = $One.NodeAddress
    $sessions = @(Get-IscsiSession | Where-Object TargetNodeAddress -eq $name)
    if ($One.IsConnected -or $sessions.Count -gt 0) {
        Write-Host "$name is already connected"
        if (@($sessions | Where-Object { $_.IsPersistent }).Count -eq 0) {
            Write-Host '  but only until the next restart; disconnect it and run Attach again to connect it permanently'
        }
        return
    }
    # No -IsMultipathEnabled: tape has no multipath on Windows.
    Connect-IscsiTarget -NodeAddress $name -TargetPortalAddress $Portal `
        -TargetPortalPortNumber $Port -IsPersistent $true @Chap | Out-Null
    if (@($Note.targets) -notcontains $name) { $Note.targets = @($Note.targets) + @($name) }
    Write-Note $Note
    Write-Host "$name is connected, also after a restart"
}

function Invoke-Attach {
    if (-not $Portal) { Stop-With 'Attach needs -Portal, the address of the library.' }
    $chap = Get-ChapArguments
    $note = Read-Note
    Start-Initiator $note

    $chapWords = if ($ChapUser) { " --chap-user $ChapUser --secret-file FILE" } else { '' }
    foreach ($initiator in @(Get-InitiatorPort | Where-Object ConnectionType -eq 'iSCSI')) {
        $name = $initiator.NodeAddress
        Write-Host "The initiator name of this host is $name"
        Write-Host "Allow it on the host of the library: evertape initiator allow $name$chapWords"
    }
    Add-Portal $note $chap
    Update-IscsiTargetPortal -TargetPortalAddress $Portal -TargetPortalPortNumber $Port | Out-Null
    $found = @(Get-OurTargets)
    if ($found.Count -eq 0) { Stop-With 'The portal shows no target to this host; allow its initiator name on the host of the library.' }
    foreach ($one in $found) { Connect-One $one $note $chap }
    Start-Sleep -Seconds 3
    Get-TapeDevices | Format-Table Class, Status, Name, InstanceId -AutoSize
    Write-Host 'Next: .\Evertape.ps1 Persistence, restart once, then let the backup software search for devices.'
}

# ---- Persistence -----------------------------------------------------------------------------------

function Invoke-Persistence {
    $note = Read-Note
    foreach ($name in $PersistenceKeys.Keys) {
        $key = $PersistenceKeys[$name]
        $now = $null
        if (Test-Path -LiteralPath $key) {
            $now = (Get-Item -LiteralPath $key).GetValue('Persistence', $null)
        }
        if ($now -eq 1) {
            Write-Host "$name : Persistence is already 1"
            continue
        }
        $text = if ($null -eq $now) { 'not set' } else { "$now" }
        if (-not (Confirm-ByUser "$name : Persistence is $text. Set it to 1, so that device numbers stay?")) { continue }
        # The first recorded value is the one before any change by this script.
        if (-not (@($note.persistence) | Where-Object { $_.name -eq $name })) {
            $note.persistence = @($note.persistence) + @([pscustomobject]@{ name = $name; before = $now })
        }
        Write-Note $note
        if (-not (Test-Path -LiteralPath $key)) { New-Item -Path $key -Force | Out-Null }
        New-ItemProperty -LiteralPath $key -Name Persistence -PropertyType DWord -Value 1 -Force | Out-Null
        Write-Host "$name : Persistence is 1. It takes effect after the next restart of Windows."
    }
}

# ---- Save and Check ---------------------------------------------------------------------------------

# The name of each drive (\\.\TapeN) by instance ID, if Windows reports it.
function Get-DrivePaths {
    $paths = @{}
    foreach ($drive in @(Get-CimInstance Win32_TapeDrive -ErrorAction SilentlyContinue)) {
        if ($drive.PNPDeviceID) { $paths[$drive.PNPDeviceID] = "$($drive.DeviceID)" }
    }
    return $paths
}

function Get-TapeDevices {
    $paths = Get-DrivePaths
    Get-PnpDevice -PresentOnly -ErrorAction SilentlyContinue |
        Where-Object { $_.InstanceId -match '^SCSI\\(SEQUENTIAL|CHANGER)&' } |
        Sort-Object InstanceId |
        ForEach-Object {
            [pscustomobject]@{
                Class      = "$($_.Class)"
                Status     = "$($_.Status)"
                Name       = "$($_.FriendlyName)"
                Path       = "$($paths[$_.InstanceId])"
                InstanceId = "$($_.InstanceId)"
            }
        }
}

# Devices of the Windows initiator, not of an adapter.
function Get-IscsiTapeDevices {
    Get-TapeDevices | Where-Object {
        $parent = @(Get-PnpDeviceProperty -InstanceId $_.InstanceId -KeyName DEVPKEY_Device_Parent `
            -ErrorAction SilentlyContinue | ForEach-Object { "$(Get-Field $_ 'Data')" })
        @($parent -like 'ROOT\ISCSIPRT\*').Count -gt 0
    }
}

function Invoke-Save {
    if (-not $File) { Stop-With 'Save needs -File.' }
    $devices = @(Get-TapeDevices)
    ConvertTo-Json -InputObject $devices -Depth 3 | Set-Content -LiteralPath $File -Encoding UTF8
    Write-Host "$($devices.Count) devices written to $File"
}

# An instance ID ends in PathId, TargetId and LUN, two hex digits each.  The library determines vendor,
# product and LUN, Windows the rest.
function Get-ExpectedPattern($Unit) {
    $kind = if ($Unit.type -eq 'tape') { 'SEQUENTIAL' } else { 'CHANGER' }
    $vendor = ($Unit.vendor.Trim() -replace '[ ,]', '_').TrimEnd('_')
    $product = ($Unit.product.Trim() -replace '[ ,]', '_').TrimEnd('_')
    $lun = '{0:X2}' -f [int]$Unit.lun
    return '^SCSI\\' + $kind + '&VEN_' + [regex]::Escape($vendor) + '&PROD_' +
        [regex]::Escape($product) + '\\[^\\]*&[0-9A-F]{4}' + $lun + '$'
}

# The units of a passport by the pattern they match.  With one target per device, or with several
# libraries, many units have the same pattern.
function Get-ExpectedUnits($Document) {
    $expected = [ordered]@{}
    foreach ($one in @(Get-Field $Document 'targets')) {
        $units = Get-Field $one 'units'
        if ($null -eq $units) {
            Write-Host "the passport has no units of $($one.name): $(Get-Field $one 'refused')"
            continue
        }
        foreach ($unit in @($units)) {
            if (@('tape', 'changer') -notcontains (Get-Field $unit 'type')) { continue }
            $pattern = Get-ExpectedPattern $unit
            $expected[$pattern] = @($expected[$pattern] | Where-Object { $_ }) + @($unit)
        }
    }
    return $expected
}

function Invoke-CheckPassport {
    $here = @(Get-IscsiTapeDevices)
    $wrong = 0
    $expected = Get-ExpectedUnits (Read-Json $Passport)
    if ($expected.Count -eq 0) { Stop-With "$Passport contains no tape drive and no changer." }
    foreach ($pattern in $expected.Keys) {
        $units = @($expected[$pattern])
        $unit = $units[0]
        $what = "$($unit.vendor) $($unit.product) at LUN $($unit.lun)"
        $present = @($here | Where-Object { $_.InstanceId -match $pattern }).Count
        if ($present -lt $units.Count) {
            $serials = @($units | ForEach-Object { Get-Field $_ 'serial' }) -join ', '
            Write-Host "missing: $($units.Count - $present) of $($units.Count) $what; serials expected: $serials"
            $wrong += $units.Count - $present
        } elseif ($present -gt $units.Count) {
            Write-Host "$($present - $units.Count) more $what than the passport has; they may belong to another library"
        }
    }
    return $wrong
}

# Returns the differences between a saved device and the device now.
function Get-Changes($Saved, $Now) {
    if ($Now.Status -ne 'OK' -and $Now.Status -ne $Saved.Status) { "not working ($($Now.Status))" }
    if ($Now.Name -ne "$($Saved.Name)") { "renamed (now $($Now.Name))" }
    $path = Get-Field $Saved 'Path'
    if ($path -and $Now.Path -and $Now.Path -ne $path) { "was $path, is $($Now.Path)" }
}

function Invoke-CheckFile {
    $saved = @(Read-Json $File | Where-Object { $_ })
    $here = @(Get-TapeDevices)
    $wrong = 0
    foreach ($device in $saved) {
        $same = @($here | Where-Object InstanceId -eq $device.InstanceId)
        if ($same.Count -eq 0) {
            Write-Host "missing: $($device.Name)  $($device.InstanceId)"
            $wrong++
            continue
        }
        foreach ($change in @(Get-Changes $device $same[0])) {
            Write-Host "${change}: $($device.Name)  $($device.InstanceId)"
            $wrong++
        }
    }
    foreach ($device in $here) {
        if (@($saved | Where-Object InstanceId -eq $device.InstanceId).Count -eq 0) {
            Write-Host "new: $($device.Name)  $($device.InstanceId)"
            $wrong++
        }
    }
    return $wrong
}

function Invoke-Check {
    if (-not $File -and -not $Passport) { Stop-With 'Check needs -File or -Passport.' }
    $wrong = 0
    if ($File) { $wrong += Invoke-CheckFile }
    if ($Passport) { $wrong += Invoke-CheckPassport }
    if ($wrong -gt 0) {
        Write-Host "$wrong differences: Windows does not see the same devices."
        exit 1
    }
    Write-Host 'Windows sees the same devices.'
}

# ---- Undo ------------------------------------------------------------------------------------------

# Each undone change is removed from the record at once, so that a second Undo continues where the first one stopped.
function Undo-Targets($Note) {
    foreach ($name in @($Note.targets)) {
        $sessions = @(Get-IscsiSession | Where-Object TargetNodeAddress -eq $name)
        if ($sessions.Count -eq 0) {
            Write-Host "$name has no session; it can be removed from the favourites only while it has one."
            continue
        }
        foreach ($session in $sessions) {
            if ($session.IsPersistent) { Unregister-IscsiSession -SessionIdentifier $session.SessionIdentifier }
        }
        Disconnect-IscsiTarget -NodeAddress $name -Confirm:$false
        $Note.targets = @(@($Note.targets) | Where-Object { $_ -ne $name })
        Write-Note $Note
        Write-Host "$name is disconnected"
    }
}

function Undo-Portals($Note) {
    foreach ($one in @($Note.portals)) {
        $there = @(Get-IscsiTargetPortal | Where-Object {
            $_.TargetPortalAddress -eq $one.address -and $_.TargetPortalPortNumber -eq $one.port })
        if ($there.Count -gt 0) {
            Remove-IscsiTargetPortal -TargetPortalAddress $one.address `
                -TargetPortalPortNumber $one.port -Confirm:$false
        }
    }
    $Note.portals = @()
    Write-Note $Note
}

function Undo-Settings($Note) {
    foreach ($one in @($Note.persistence)) {
        $key = $PersistenceKeys[$one.name]
        if ($null -eq $one.before) {
            Remove-ItemProperty -LiteralPath $key -Name Persistence -ErrorAction SilentlyContinue
        } else {
            Set-ItemProperty -LiteralPath $key -Name Persistence -Value ([int]$one.before)
        }
        Write-Host "$($one.name) : Persistence is restored"
    }
    $Note.persistence = @()
    Write-Note $Note
}

function Undo-Service($Note) {
    if (-not $Note.service) { return }
    if (@(Get-IscsiSession).Count -gt 0) {
        Write-Host 'There are other iSCSI sessions, so the initiator service still starts with Windows'
    } elseif (@('Manual', 'Disabled') -contains $Note.service) {
        Set-Service -Name MSiSCSI -StartupType $Note.service
        Write-Host "The start type of the initiator service is $($Note.service) again; the service runs until the next restart"
    }
    $Note.service = $null
    Write-Note $Note
}

function Invoke-Undo {
    if (-not (Test-Path -LiteralPath $NoteFile)) { Stop-With 'Nothing to undo: no change is recorded.' }
    if (-not (Confirm-ByUser 'Stop all backup jobs first. Detach the library and restore the settings?')) { return }
    $note = Read-Note
    Undo-Targets $note
    Undo-Settings $note
    if (@($note.targets).Count -gt 0) {
        Stop-With ('Run Undo again when the library answers; or remove the target from the Favorite Targets in ' +
            "iscsicpl.exe and delete $NoteFile.")
    }
    Undo-Portals $note
    Undo-Service $note
    Remove-Item -LiteralPath $NoteFile
}

switch ($Action) {
    'Attach' { Invoke-Attach }
    'Persistence' { Invoke-Persistence }
    'Save' { Invoke-Save }
    'Check' { Invoke-Check }
    'Undo' { Invoke-Undo }
}
